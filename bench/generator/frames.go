package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Opaques have nine digits always, so that a new one overwrites the old one in a prebuilt frame.
const opaqueBase = 100_000_000

// template is one request frame whose changing digits are overwritten in place.
type template struct {
	bytes                              []byte
	opaque, queue, born, unique, stamp int
	due                                int // of the time of a timer message
	topic                              int // of the last digits of its name
}

const headerTail = `"flag":0,"language":"JAVA","opaque":100000000,"serializeTypeCurrentRPC":"JSON","version":493}`

func frame(header string, body []byte) []byte {
	out := make([]byte, 8, 8+len(header)+len(body))
	binary.BigEndian.PutUint32(out, uint32(4+len(header)+len(body)))
	binary.BigEndian.PutUint32(out[4:], uint32(len(header)))
	return append(append(out, header...), body...)
}

func requestHeader(code int, fields [][2]string) string {
	var text strings.Builder
	fmt.Fprintf(&text, `{"code":%d,"extFields":{`, code)
	for i, field := range fields {
		if i > 0 {
			text.WriteByte(',')
		}
		value, _ := json.Marshal(field[1])
		fmt.Fprintf(&text, `"%s":%s`, field[0], value)
	}
	text.WriteString(`},` + headerTail)
	return text.String()
}

// What the name of a numbered topic ends with.
const topicDigits = "00000"

const uniquePrefix = "7F000001A1B20000"

const producerGroup = "bench-producer"

// sendTemplate is a SEND_MESSAGE_V2 (310) as Apache's Java client writes it: JSON, UNIQ_KEY and WAIT among the properties,
// behind those of the kind.
func sendTemplate(topic string, size int, k kind) *template {
	body := make([]byte, size)
	for i := range body {
		body[i] = byte('a' + i%26)
	}
	header := requestHeader(310, [][2]string{
		{"a", producerGroup}, {"b", topic}, {"c", "TBW102"}, {"d", "8"}, {"e", "0"}, {"f", strconv.Itoa(k.sysFlag)},
		{"g", "1000000000000"}, {"h", "0"},
		{"i", k.properties + "UNIQ_KEY\x01" + uniquePrefix + "0000000000000000\x02WAIT\x01true\x02"},
		{"j", "0"}, {"k", "false"}, {"m", "false"}, {"n", "broker-a"},
	})
	whole := frame(header, body)
	return &template{
		bytes:  whole,
		opaque: at(whole, `"opaque":`),
		queue:  at(whole, `"e":"`),
		born:   at(whole, `"g":"`),
		unique: at(whole, uniquePrefix),
		due:    at(whole, dueMark),
		stamp:  8 + len(header),
		topic:  at(whole, `"b":"`) + len(topic) - len(topicDigits),
	}
}

// pullFrame is a PULL_MESSAGE (11), built anew each time: one carries up to 32 messages, so it need not be cheaper.
func pullFrame(topic string, queue int, offset int64, batch int, suspend bool, opaque int) []byte {
	sysFlag, suspendMillis := pullSubscription, "0"
	if suspend {
		sysFlag, suspendMillis = pullSubscription|pullSuspend, "15000"
	}
	return pullFrameOf(topic, queue, offset, batch, opaque, [][2]string{
		{"sysFlag", strconv.Itoa(sysFlag)}, {"commitOffset", "0"}, {"suspendTimeoutMillis", suspendMillis},
		{"subscription", "*"}, {"subVersion", "0"}, {"expressionType", "TAG"},
	})
}

// Bits of the system flag of a pull.
const (
	pullCommit       = 1
	pullSuspend      = 2
	pullSubscription = 4
)

func pullFrameOf(topic string, queue int, offset int64, batch int, opaque int, fields [][2]string) []byte {
	header := requestHeader(11, append([][2]string{
		{"consumerGroup", consumerGroup}, {"topic", topic}, {"queueId", strconv.Itoa(queue)},
		{"queueOffset", strconv.FormatInt(offset, 10)}, {"maxMsgNums", strconv.Itoa(batch)}, {"bname", "broker-a"},
	}, fields...))
	out := frame(header, nil)
	putDigits(out[at(out, `"opaque":`):], 9, int64(opaque))
	return out
}

func at(text []byte, mark string) int { return bytes.Index(text, []byte(mark)) + len(mark) }

func putDigits(into []byte, digits int, value int64) {
	for i := digits - 1; i >= 0; i-- {
		into[i] = byte('0' + value%10)
		value /= 10
	}
}

func putHex(into []byte, digits int, value uint64) {
	for i := digits - 1; i >= 0; i-- {
		into[i] = "0123456789ABCDEF"[value&15]
		value >>= 4
	}
}

// number reads the integer behind a mark in a header, quoted or not; false where the mark is missing.
func number(header []byte, mark string) (int64, bool) {
	i := bytes.Index(header, []byte(mark))
	if i < 0 {
		return 0, false
	}
	i += len(mark)
	negative, value, seen := false, int64(0), false
	for ; i < len(header); i++ {
		c := header[i]
		switch {
		case c >= '0' && c <= '9':
			value, seen = value*10+int64(c-'0'), true
		case c == '-' && !seen:
			negative = true
		case (c == '"' || c == ' ') && !seen:
		default:
			i = len(header)
		}
	}
	if negative {
		value = -value
	}
	return value, seen
}

// frameReader hands out whole frames of a connection; one read of the socket usually holds many.
type frameReader struct {
	connection io.Reader
	buffer     []byte
	from, to   int
}

func newFrameReader(connection io.Reader, size int) *frameReader {
	return &frameReader{connection: connection, buffer: make([]byte, size)}
}

// fill blocks for one read of the socket.
func (r *frameReader) fill() error {
	if r.from > 0 {
		copy(r.buffer, r.buffer[r.from:r.to])
		r.to -= r.from
		r.from = 0
	}
	if r.to == len(r.buffer) {
		r.buffer = append(r.buffer, make([]byte, len(r.buffer))...)
	}
	n, err := r.connection.Read(r.buffer[r.to:])
	r.to += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// next gives the header and body of a frame that is here whole. Both are valid until fill.
func (r *frameReader) next() (header, body []byte, ok bool) {
	if r.to-r.from < 8 {
		return nil, nil, false
	}
	length := int(binary.BigEndian.Uint32(r.buffer[r.from:]))
	if r.to-r.from < 4+length {
		return nil, nil, false
	}
	whole := r.buffer[r.from+4 : r.from+4+length]
	r.from += 4 + length
	headerLength := int(binary.BigEndian.Uint32(whole) & 0xffffff)
	return whole[4 : 4+headerLength], whole[4+headerLength:], true
}

// call is one request and its answer on a connection without other traffic.
func call(connection net.Conn, request []byte) (header, body []byte, err error) {
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	defer connection.SetDeadline(time.Time{})
	if _, err = connection.Write(request); err != nil {
		return nil, nil, err
	}
	reader := newFrameReader(connection, 64<<10)
	for {
		if err = reader.fill(); err != nil {
			return nil, nil, err
		}
		if header, body, ok := reader.next(); ok {
			return header, body, nil
		}
	}
}

// recordCount walks the stored messages of a pull's body by their sizes.
func recordCount(body []byte) int {
	count := 0
	for len(body) >= 4 {
		size := int(binary.BigEndian.Uint32(body))
		if size <= 0 || size > len(body) {
			break
		}
		body = body[size:]
		count++
	}
	return count
}
