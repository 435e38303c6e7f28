package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// produceLater sends messages with the timer properties that this client has no methods for, the delay in milliseconds.
func produceLater(namesrv, topic string, delayMs int) {
	p, err := rocketmq.NewProducer(
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		producer.WithGroupName("compat_go_later"))
	fail(err)
	fail(p.Start())
	for name, value := range map[string]string{
		"TIMER_DELAY_MS":   strconv.Itoa(delayMs),
		"TIMER_DELIVER_MS": strconv.FormatInt(time.Now().UnixMilli()+int64(delayMs), 10),
	} {
		message := primitive.NewMessage(topic, []byte(name)).WithTag(name)
		message.WithProperty(name, value)
		_, err := p.SendSync(context.Background(), message)
		fail(err)
	}
	fail(p.Shutdown())
	fmt.Println("DONE")
}

// listener leaves "unknown" open until the broker asks.
type listener struct{}

func (listener) ExecuteLocalTransaction(message *primitive.Message) primitive.LocalTransactionState {
	switch string(message.Body) {
	case "commit":
		return primitive.CommitMessageState
	case "rollback":
		return primitive.RollbackMessageState
	}
	return primitive.UnknowState
}

func (listener) CheckLocalTransaction(message *primitive.MessageExt) primitive.LocalTransactionState {
	fmt.Println("CHECK", string(message.Body))
	return primitive.CommitMessageState
}

// transact sends three messages in transactions: one is committed, one rolled back, one committed when the broker asks. It
// stays for that until it is ended: nothing confirms the answer to a check.
func transact(namesrv, topic string) {
	p, err := rocketmq.NewTransactionProducer(listener{},
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		producer.WithGroupName("compat_go_transactions"))
	fail(err)
	fail(p.Start())
	for _, body := range []string{"commit", "rollback", "unknown"} {
		_, err := p.SendMessageInTransaction(context.Background(), primitive.NewMessage(topic, []byte(body)))
		fail(err)
	}
	fmt.Println("DONE")
	select {}
}
