package main

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"time"
)

// createTopic asks the broker for a topic with so many queues (UPDATE_AND_CREATE_TOPIC, 17).
func createTopic(o options) (any, error) {
	connection, err := net.DialTimeout("tcp", o.broker, 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	if err := askForTopic(connection, o.topic, o.queues); err != nil {
		return nil, err
	}
	return map[string]string{"topic": o.topic}, nil
}

func askForTopic(connection net.Conn, topic string, queueCount int) error {
	queues := strconv.Itoa(queueCount)
	header, _, err := call(connection, frame(requestHeader(17, [][2]string{
		{"topic", topic}, {"defaultTopic", "TBW102"}, {"readQueueNums", queues}, {"writeQueueNums", queues}, {"perm", "6"},
		{"topicFilterType", "SINGLE_TAG"}, {"topicSysFlag", "0"}, {"order", "false"}, {"attributes", ""},
	}), nil))
	if err != nil {
		return err
	}
	if code, _ := number(header, `"code":`); code != 0 {
		return fmt.Errorf("topic not created: %s", header)
	}
	return nil
}

// createTopics asks for numbered topics one after the other, as an administrator's script does.
func createTopics(o options) (any, error) {
	connection, err := net.DialTimeout("tcp", o.broker, 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	var h histogram
	start := readEdge(o.watch)
	for i := 0; i < o.topics; i++ {
		began := time.Now()
		if err := askForTopic(connection, fmt.Sprintf("%s%0*d", o.topic, len(topicDigits), i), o.queues); err != nil {
			return nil, err
		}
		h.add(time.Since(began).Microseconds())
	}
	return report(o, start, readEdge(o.watch), int64(o.topics), &h), nil
}

var masterAddress = regexp.MustCompile(`"?0"?\s*:\s*"([^"]+:\d+)"`)

// runFirstSend does what a producer does that is started together with its cluster: asks the name server where the
// topic is, sends, and begins anew until a send is accepted. Prints that moment in milliseconds since 1970.
func runFirstSend(o options) (any, error) {
	route := frame(requestHeader(105, [][2]string{{"topic", "TBW102"}, {"acceptStandardJsonOnly", "true"}}), nil)
	send := sendTemplate(o.topic, o.size, plain)
	giveUpAt := time.Now().Add(o.timeout)
	last := "no name server"
	for time.Now().Before(giveUpAt) {
		if remark := trySend(o, route, send.bytes); remark == "" {
			return map[string]float64{"acceptedAtMillis": float64(time.Now().UnixMicro()) / 1000}, nil
		} else {
			last = remark
		}
		time.Sleep(3 * time.Millisecond)
	}
	return nil, fmt.Errorf("no send accepted within %s: %s", o.timeout, last)
}

func trySend(o options, route, send []byte) string {
	namesrv, err := net.DialTimeout("tcp", o.namesrv, time.Second)
	if err != nil {
		return err.Error()
	}
	defer namesrv.Close()
	header, body, err := call(namesrv, route)
	if err != nil {
		return err.Error()
	}
	found := masterAddress.FindSubmatch(body)
	if code, _ := number(header, `"code":`); code != 0 || found == nil {
		return "no route: " + string(header)
	}
	broker, err := net.DialTimeout("tcp", string(found[1]), time.Second)
	if err != nil {
		return err.Error()
	}
	defer broker.Close()
	header, _, err = call(broker, send)
	if err != nil {
		return err.Error()
	}
	if code, _ := number(header, `"code":`); code != 0 {
		return string(header)
	}
	return ""
}
