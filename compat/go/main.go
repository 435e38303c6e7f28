// Apache's Go client against a running cluster. Prints the same lines as the Java programs:
// SENT msgId offsetMsgId queueId queueOffset status bodyHash; READY; RECV msgId queueId queueOffset reconsumeTimes topic tags keys bodyHash; DONE count.
//
//	go run . produce namesrv topic count tags bodyBytes
//	go run . later namesrv topic delayMs
//	go run . transact namesrv topic
//	go run . consume namesrv topic group expression count failFirst
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

const waitForMessages = 60 * time.Second

func main() {
	rlog.SetLogLevel("error")
	command := strings.Join(os.Args[1:min(len(os.Args), 2)], "")
	switch {
	case command == "produce" && len(os.Args) == 7:
		produce(os.Args[2], os.Args[3], number(os.Args[4]), os.Args[5], number(os.Args[6]))
	case command == "later" && len(os.Args) == 5:
		produceLater(os.Args[2], os.Args[3], number(os.Args[4]))
	case command == "transact" && len(os.Args) == 4:
		transact(os.Args[2], os.Args[3])
	case command == "consume" && len(os.Args) == 8:
		consume(os.Args[2], os.Args[3], os.Args[4], os.Args[5], number(os.Args[6]), number(os.Args[7]))
	default:
		fail(fmt.Errorf("see the first lines of main.go for the arguments"))
	}
}

func produce(namesrv, topic string, count int, tags string, bodyBytes int) {
	p, err := rocketmq.NewProducer(
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		producer.WithGroupName("compat_go_producer"),
		producer.WithRetry(2))
	fail(err)
	fail(p.Start())
	for i := 0; i < count; i++ {
		message := primitive.NewMessage(topic, body("go", i, bodyBytes)).WithTag(tags).WithKeys([]string{"go" + strconv.Itoa(i)})
		message.WithProperty("index", strconv.Itoa(i))
		result, err := p.SendSync(context.Background(), message)
		fail(err)
		fmt.Println("SENT", result.MsgID, result.OffsetMsgID, result.MessageQueue.QueueId, result.QueueOffset,
			map[bool]string{true: "SEND_OK", false: "OTHER"}[result.Status == primitive.SendOK], hash(message.Body))
	}
	fail(p.Shutdown())
	fmt.Println("DONE", count)
}

func consume(namesrv, topic, group, expression string, count, failFirst int) {
	c, err := rocketmq.NewPushConsumer(
		consumer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		consumer.WithGroupName(group),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
		consumer.WithConsumeMessageBatchMaxSize(1))
	fail(err)
	var mutex sync.Mutex
	accepted := 0
	done := make(chan struct{})
	selector := consumer.MessageSelector{Type: consumer.TAG, Expression: expression}
	if sql, ok := strings.CutPrefix(expression, "sql:"); ok {
		selector = consumer.MessageSelector{Type: consumer.SQL92, Expression: sql}
	}
	fail(c.Subscribe(topic, selector, func(ctx context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		mutex.Lock()
		defer mutex.Unlock()
		for _, m := range messages {
			fmt.Println("RECV", m.MsgId, m.Queue.QueueId, m.QueueOffset, m.ReconsumeTimes, m.Topic, word(m.GetTags()), word(m.GetKeys()), hash(m.Body))
			if failFirst > 0 && m.ReconsumeTimes == 0 {
				failFirst--
				if concurrently, ok := primitive.GetConcurrentlyCtx(ctx); ok {
					concurrently.DelayLevelWhenNextConsume = 1
				}
				return consumer.ConsumeRetryLater, nil
			}
			accepted++
			if accepted == count {
				close(done)
			}
		}
		return consumer.ConsumeSuccess, nil
	}))
	fail(c.Start())
	fmt.Println("READY")
	select {
	case <-done:
	case <-time.After(waitForMessages):
		mutex.Lock()
		fmt.Println("TIMEOUT", accepted)
		os.Exit(1)
	}
	fail(c.Shutdown())
	fmt.Println("DONE", count)
}

func body(prefix string, index, size int) []byte {
	seed := []byte(fmt.Sprintf("%s-%d-", prefix, index))
	bytes := make([]byte, size)
	for i := range bytes {
		bytes[i] = seed[i%len(seed)]
	}
	return bytes
}

func hash(body []byte) string {
	digest := sha256.Sum256(body)
	return hex.EncodeToString(digest[:8])
}

func word(text string) string {
	if text == "" {
		return "-"
	}
	return strings.ReplaceAll(text, " ", "_")
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	fail(err)
	return value
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
