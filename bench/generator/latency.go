package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

type latencyResult struct {
	measured
	Acknowledged latency `json:"acknowledgedMicros"`
	Sent         int64   `json:"sent"`
}

// runLatency sends at a steady rate on one connection and receives on another that keeps one long pull a queue waiting,
// as a push consumer does. A body begins with the moment just before its send, on this process's monotonic clock.
func runLatency(o options) (any, error) {
	epoch := time.Now()
	sending, err := net.DialTimeout("tcp", o.broker, 5*time.Second)
	if err != nil {
		return nil, err
	}
	receiving, err := net.DialTimeout("tcp", o.broker, 5*time.Second)
	if err != nil {
		return nil, err
	}
	var phase atomic.Int32
	var received int64
	var endToEnd histogram
	failures := make(chan error, 3)

	offsets := make([]int64, o.queues)
	for queue := range offsets {
		header, _, err := call(receiving, frame(requestHeader(30, [][2]string{
			{"topic", o.topic}, {"queueId", strconv.Itoa(queue)}, {"committed", "true"}, {"bname", "broker-a"},
		}), nil))
		if err != nil {
			return nil, err
		}
		offsets[queue], _ = number(header, `"offset":`)
	}
	for queue, offset := range offsets {
		if _, err := receiving.Write(pullFrame(o.topic, queue, offset, o.batch, true, opaqueBase+queue)); err != nil {
			return nil, err
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		reader := newFrameReader(receiving, 128<<10)
		for {
			header, body, ok := reader.next()
			if !ok {
				if err := reader.fill(); err != nil {
					if phase.Load() != phaseStop {
						failures <- err
					}
					return
				}
				continue
			}
			now := time.Since(epoch).Nanoseconds()
			opaque, _ := number(header, `"opaque":`)
			queue := int(opaque) - opaqueBase
			if queue < 0 || queue >= o.queues {
				continue
			}
			if code, _ := number(header, `"code":`); code != 0 && code != 19 && code != 20 {
				failures <- fmt.Errorf("pull failed: %s", header)
				return
			}
			measuring := phase.Load() == phaseMeasure
			for len(body) >= 100 {
				size := int(binary.BigEndian.Uint32(body))
				sentAt := int64(binary.BigEndian.Uint64(body[88:]))
				if measuring {
					endToEnd.add((now - sentAt) / 1000)
					received++
				}
				body = body[size:]
			}
			if next, ok := number(header, `"nextBeginOffset":`); ok {
				offsets[queue] = next
			}
			if _, err := receiving.Write(pullFrame(o.topic, queue, offsets[queue], o.batch, true, opaqueBase+queue)); err != nil {
				return
			}
		}
	}()

	var acknowledged histogram
	stamps := make([]atomic.Int64, 1<<16)
	go func() {
		reader := newFrameReader(sending, 64<<10)
		for {
			header, _, ok := reader.next()
			if !ok {
				if reader.fill() != nil {
					return
				}
				continue
			}
			now := time.Since(epoch).Nanoseconds()
			opaque, _ := number(header, `"opaque":`)
			if code, _ := number(header, `"code":`); code != 0 {
				failures <- fmt.Errorf("send failed: %s", header)
				return
			}
			if phase.Load() == phaseMeasure {
				acknowledged.add((now - stamps[int(opaque-opaqueBase)&0xffff].Load()) / 1000)
			}
		}
	}()

	var sent int64
	go func() {
		// A thread of its own: the runtime's timers are a millisecond apart at best, the system's are not.
		runtime.LockOSThread()
		interval := time.Second / time.Duration(o.rate)
		out := newOutbox(o, 0)
		for due := time.Now(); phase.Load() != phaseStop; due = due.Add(interval) {
			if wait := time.Until(due); wait > 0 {
				pause := syscall.NsecToTimespec(wait.Nanoseconds())
				_ = syscall.Nanosleep(&pause, nil)
			}
			slot := int(sent & 0xffff)
			out.bytes = out.bytes[:0]
			out.add(slot, time.Now())
			stamp := time.Since(epoch).Nanoseconds()
			binary.BigEndian.PutUint64(out.bytes[out.frames.stamp:], uint64(stamp))
			stamps[slot].Store(stamp)
			if _, err := sending.Write(out.bytes); err != nil {
				failures <- err
				return
			}
			sent++
		}
	}()

	start, end, err := measurePhases(o, &phase, failures)
	if err != nil {
		return nil, err
	}
	_ = receiving.Close()
	<-done
	_ = sending.Close()
	return latencyResult{report(o, start, end, received, &endToEnd), acknowledged.summary(), sent}, nil
}
