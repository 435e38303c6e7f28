package main

import (
	"fmt"
	"net"
	"strconv"
	"time"
)

// followPause is short against the seconds that it is to measure.
const followPause = 2 * time.Millisecond

// queueEnds asks a broker where the queues of a topic end, all added up.
type queueEnds struct {
	connection net.Conn
	reader     *frameReader
	questions  [][]byte
}

func newQueueEnds(o options, address string) (*queueEnds, error) {
	connection, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return nil, err
	}
	ends := &queueEnds{connection: connection, reader: newFrameReader(connection, 4<<10)}
	for queue := 0; queue < o.queues; queue++ {
		ends.questions = append(ends.questions, frame(requestHeader(30, [][2]string{
			{"topic", o.topic}, {"queueId", strconv.Itoa(queue)}, {"committed", "true"}, {"bname", "broker-a"},
		}), nil))
	}
	return ends, nil
}

func (q *queueEnds) sum() (int64, error) {
	var sum int64
	for _, question := range q.questions {
		end, err := maxOffset(q.connection, q.reader, question)
		if err != nil {
			return 0, err
		}
		sum += end
	}
	return sum, nil
}

// runFollow watches a slave that has to catch up with its master: from the first message of the topic that arrives until the
// slave has all that the master has; none if it has them already. CPU is that of the watched processes over this time, by message.
func runFollow(o options) (any, error) {
	master, err := newQueueEnds(o, o.broker)
	if err != nil {
		return nil, err
	}
	slave, err := newQueueEnds(o, o.slave)
	if err != nil {
		return nil, err
	}
	end, err := master.sum()
	if err != nil {
		return nil, err
	}
	giveUpAt := time.Now().Add(o.timeout)
	began, start := int64(-1), readEdge(o.watch)
	for last := int64(-1); ; time.Sleep(followPause) {
		now, err := slave.sum()
		if err != nil {
			return nil, err
		}
		if last < 0 {
			last = now
		}
		if began < 0 && now > last {
			began, start = now, readEdge(o.watch)
		}
		if now >= end {
			if began < 0 {
				return measured{}, nil
			}
			h := histogram{}
			return report(o, start, readEdge(o.watch), end-began, &h), nil
		}
		if time.Now().After(giveUpAt) {
			return nil, fmt.Errorf("the slave has %d of %d messages after %s", now, end, o.timeout)
		}
	}
}
