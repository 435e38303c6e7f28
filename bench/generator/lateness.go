package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"time"
)

type latenessResult struct {
	measured
	// Messages that came before their time.
	Early int64 `json:"early"`
	// Messages that did not come within a minute after the last time.
	Missing int64 `json:"missing"`
}

// runLateness sends timer messages, -due-rate of them for each whole second, and then receives them as a push consumer
// does, one long pull a queue. Latency is how long after its time a message came.
func runLateness(o options) (any, error) {
	o.kind = "timer"
	began := time.Now()
	if _, err := runSend(o); err != nil {
		return nil, err
	}
	if took := time.Since(began); took > o.dueIn-2*time.Second {
		return nil, fmt.Errorf("the sends took %s, so that the first messages are due before they can be received", took)
	}
	receiving, err := net.DialTimeout("tcp", o.broker, 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer receiving.Close()
	offsets := make([]int64, o.queues)
	for queue := range offsets {
		if _, err := receiving.Write(pullFrame(o.topic, queue, 0, o.batch, true, opaqueBase+queue)); err != nil {
			return nil, err
		}
	}
	last := began.Add(o.dueIn + time.Duration(o.count/o.dueRate+60)*time.Second)
	_ = receiving.SetReadDeadline(last)
	start := readEdge(o.watch)
	var h histogram
	var received, early int64
	reader := newFrameReader(receiving, 128<<10)
	for received < int64(o.count) {
		header, body, ok := reader.next()
		if !ok {
			if err := reader.fill(); err != nil {
				break
			}
			continue
		}
		now := time.Now().UnixMicro()
		opaque, _ := number(header, `"opaque":`)
		queue := int(opaque) - opaqueBase
		if queue < 0 || queue >= o.queues {
			continue
		}
		if code, _ := number(header, `"code":`); code != 0 && code != 19 && code != 20 && code != 21 {
			return nil, fmt.Errorf("pull failed: %s", header)
		}
		for len(body) >= 100 {
			due := int64(binary.BigEndian.Uint64(body[88:])) * 1000
			if now < due {
				early++
			}
			h.add(now - due)
			received++
			body = body[binary.BigEndian.Uint32(body):]
		}
		if next, ok := number(header, `"nextBeginOffset":`); ok {
			offsets[queue] = next
		}
		if _, err := receiving.Write(pullFrame(o.topic, queue, offsets[queue], o.batch, true, opaqueBase+queue)); err != nil {
			return nil, err
		}
	}
	return latenessResult{report(o, start, readEdge(o.watch), received, &h), early, int64(o.count) - received}, nil
}
