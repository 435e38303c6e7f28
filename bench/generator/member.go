package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	consumerGroup  = "bench-consumer"
	clientID       = "127.0.0.1@bench"
	lockEvery      = 20 * time.Second
	subscriptionAt = "1"
)

// joinGroup makes this connection the only consumer of its group, with a subscription as Apache's Java client names it.
func joinGroup(connection net.Conn, o options) error {
	expression, expressionType, tags := "*", "TAG", ""
	switch o.subscription {
	case "tag":
		expression, tags = "TagA", `"TagA"`
	case "sql":
		expression, expressionType = sqlExpression, "SQL92"
	}
	codes := ""
	if tags != "" {
		codes = strconv.Itoa(javaHash("TagA"))
	}
	body := fmt.Sprintf(`{"clientID":"%s","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",`+
		`"consumeType":"CONSUME_PASSIVELY","groupName":"%s","messageModel":"CLUSTERING","subscriptionDataSet":[`+
		`{"classFilterMode":false,"codeSet":[%s],"expressionType":"%s","subString":"%s","subVersion":%s,"tagsSet":[%s],"topic":"%s"}`+
		`],"unitMode":false}],"heartbeatFingerprint":0,"producerDataSet":[],"withoutSub":false}`,
		clientID, consumerGroup, codes, expressionType, expression, subscriptionAt, tags, o.topic)
	return ask(connection, 34, nil, body)
}

// lockQueues takes the locks of all queues, as an orderly consumer does before its first pull and every 20 seconds.
func lockQueues(connection net.Conn, o options) error {
	queues := make([]string, o.queues)
	for i := range queues {
		queues[i] = fmt.Sprintf(`{"brokerName":"broker-a","queueId":%d,"topic":"%s"}`, i, o.topic)
	}
	body := fmt.Sprintf(`{"clientId":"%s","consumerGroup":"%s","mqSet":[%s],"onlyThisBroker":false}`,
		clientID, consumerGroup, strings.Join(queues, ","))
	return ask(connection, 41, nil, body)
}

// beMember joins the group, takes the locks of an orderly consumer, and keeps both until the returned function is called.
func beMember(connection net.Conn, o options) (func(), error) {
	if err := joinGroup(connection, o); err != nil {
		return nil, err
	}
	if o.ordered {
		if err := lockQueues(connection, o); err != nil {
			return nil, err
		}
	}
	left := make(chan struct{})
	go func() {
		renew := time.NewTicker(lockEvery)
		defer renew.Stop()
		for {
			select {
			case <-left:
				return
			case <-renew.C:
			}
			_ = joinGroup(connection, o)
			if o.ordered {
				_ = lockQueues(connection, o)
			}
		}
	}()
	return func() { close(left) }, nil
}

func ask(connection net.Conn, code int, fields [][2]string, body string) error {
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := connection.Write(frame(requestHeader(code, fields), []byte(body))); err != nil {
		return err
	}
	reader := newFrameReader(connection, 64<<10)
	for {
		header, _, ok := reader.next()
		if !ok {
			if err := reader.fill(); err != nil {
				return err
			}
			continue
		}
		if opaque, _ := number(header, `"opaque":`); opaque != opaqueBase {
			// A request of the broker, such as the notice that the members of the group changed.
			continue
		}
		if answered, _ := number(header, `"code":`); answered != 0 {
			return fmt.Errorf("request %d: %s", code, header)
		}
		return nil
	}
}

// javaHash is String#hashCode.
func javaHash(text string) int {
	hash := int32(0)
	for _, c := range []byte(text) {
		hash = hash*31 + int32(c)
	}
	return int(hash)
}

// memberPull is the pull of a consumer whose filter the broker knows by its heartbeat. An orderly one names its progress.
func memberPull(o options, queue int, offset int64, opaque int) []byte {
	sysFlag, expressionType := 0, "TAG"
	if o.ordered {
		sysFlag = pullCommit
	}
	if o.subscription == "sql" {
		expressionType = "SQL92"
	}
	return pullFrameOf(o.topic, queue, offset, o.batch, opaque, [][2]string{
		{"sysFlag", strconv.Itoa(sysFlag)}, {"commitOffset", strconv.FormatInt(offset, 10)}, {"suspendTimeoutMillis", "0"},
		{"subVersion", subscriptionAt}, {"expressionType", expressionType},
	})
}
