package main

import (
	"fmt"
	"math/rand"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// runPull reads each queue from its first message on, one connection a queue and one pull at a time, and begins anew at
// the end of the queue: catch-up reading as fast as the broker serves it. With -random each pull begins anywhere. With
// -subscription or -ordered it is a member of its group, on a connection of its own.
func runPull(o options) (any, error) {
	var phase atomic.Int32
	if o.subscription != "" || o.ordered {
		member, err := net.DialTimeout("tcp", o.broker, 5*time.Second)
		if err != nil {
			return nil, err
		}
		defer member.Close()
		stay, err := beMember(member, o)
		if err != nil {
			return nil, err
		}
		defer stay()
	}
	var all sync.WaitGroup
	histograms := make([]histogram, o.queues)
	counts := make([]int64, o.queues)
	errors := make(chan error, o.queues)
	for queue := 0; queue < o.queues; queue++ {
		connection, err := net.DialTimeout("tcp", o.broker, 5*time.Second)
		if err != nil {
			return nil, err
		}
		all.Add(1)
		go func(queue int) {
			defer all.Done()
			defer connection.Close()
			if err := readQueue(o, connection, queue, &phase, &histograms[queue], &counts[queue]); err != nil {
				errors <- err
			}
		}(queue)
	}
	start, end, err := measurePhases(o, &phase, errors)
	if err != nil {
		return nil, err
	}
	all.Wait()
	select {
	case err := <-errors:
		return nil, err
	default:
	}
	var whole histogram
	var count int64
	for i := range counts {
		whole.merge(&histograms[i])
		count += counts[i]
	}
	return report(o, start, end, count, &whole), nil
}

func readQueue(o options, connection net.Conn, queue int, phase *atomic.Int32, h *histogram, count *int64) error {
	reader := newFrameReader(connection, 128<<10)
	offset := int64(0)
	for phase.Load() != phaseStop {
		if o.random > 0 {
			offset = rand.Int63n(o.random)
		}
		began := time.Now()
		request := pullFrame(o.topic, queue, offset, o.batch, false, opaqueBase+queue)
		if o.subscription != "" || o.ordered {
			request = memberPull(o, queue, offset, opaqueBase+queue)
		}
		if _, err := connection.Write(request); err != nil {
			return err
		}
		var header, body []byte
		for {
			var ok bool
			if header, body, ok = reader.next(); ok {
				break
			}
			if err := reader.fill(); err != nil {
				return err
			}
		}
		code, _ := number(header, `"code":`)
		next, ok := number(header, `"nextBeginOffset":`)
		switch {
		case code == 0 && ok:
			if phase.Load() == phaseMeasure {
				*count += int64(recordCount(body))
				h.add(time.Since(began).Microseconds())
			}
			offset = next
		case code == 20 && ok && next > offset:
			// Nothing of what the broker looked at passes the filter.
			offset = next
		case code == 19 || code == 20 || code == 21:
			if offset == 0 {
				return fmt.Errorf("queue %d has nothing to read: %s", queue, header)
			}
			offset = 0
		default:
			return fmt.Errorf("pull failed: %s", header)
		}
	}
	return nil
}
