package main

import (
	"bytes"
	"strconv"
)

// endTemplate is an END_TRANSACTION (37) that commits, as Apache's Java client writes it, but with an answer, so that a
// transaction counts when the broker has acknowledged its end.
type endTemplate struct {
	bytes                                []byte
	opaque, queueOffset, log, id, unique int
}

const placeDigits = 15

func newEndTemplate(topic string) *endTemplate {
	zeros := "000000000000000"
	whole := frame(requestHeader(37, [][2]string{
		{"topic", topic}, {"producerGroup", producerGroup}, {"tranStateTableOffset", zeros}, {"commitLogOffset", zeros},
		{"commitOrRollback", strconv.Itoa(transactionCommit)}, {"fromTransactionCheck", "false"},
		{"msgId", uniquePrefix + "0000000000000000"}, {"transactionId", uniquePrefix + "0000000000000000"}, {"bname", "broker-a"},
	}), nil)
	return &endTemplate{
		bytes:       whole,
		opaque:      at(whole, `"opaque":`),
		queueOffset: at(whole, `"tranStateTableOffset":"`),
		log:         at(whole, `"commitLogOffset":"`),
		id:          at(whole, `"msgId":"`),
		unique:      at(whole, `"transactionId":"`),
	}
}

// endOf appends the commit of the half message that this answer is about; false where the answer does not name it.
func (e *endTemplate) endOf(answer []byte, slot int, unique []byte, into []byte) ([]byte, bool) {
	queueOffset, ok := number(answer, `"queueOffset":`)
	mark := []byte(`"msgId":"`)
	i := bytes.Index(answer, mark)
	if !ok || i < 0 || i+len(mark)+32 > len(answer) {
		return into, false
	}
	// The last 16 hexadecimal digits of an offset message id are the physical offset.
	log, err := strconv.ParseInt(string(answer[i+len(mark)+16:i+len(mark)+32]), 16, 64)
	if err != nil {
		return into, false
	}
	putDigits(e.bytes[e.opaque:], 9, int64(opaqueBase+slot))
	putDigits(e.bytes[e.queueOffset:], placeDigits, queueOffset)
	putDigits(e.bytes[e.log:], placeDigits, log)
	copy(e.bytes[e.id:], unique)
	copy(e.bytes[e.unique:], unique)
	return append(into, e.bytes...), true
}
