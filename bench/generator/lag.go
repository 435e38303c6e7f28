package main

import (
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// Sends that lag behind one another by less than this are sent together: a system call for each would be most of the cost.
const lagTick = time.Millisecond

// A slave is asked this often how far its queue has come, so a lag is known to about as much.
const lagPause = 200 * time.Microsecond

// runLag sends at a steady rate to the one queue of a topic, and asks the slave all the time where that queue ends. The lag of a
// message is the time from its send to the first answer of the slave whose end is behind it.
func runLag(o options) (any, error) {
	sending, err := net.DialTimeout("tcp", o.broker, 5*time.Second)
	if err != nil {
		return nil, err
	}
	asking, err := net.DialTimeout("tcp", o.slave, 5*time.Second)
	if err != nil {
		return nil, err
	}
	question := frame(requestHeader(30, [][2]string{
		{"topic", o.topic}, {"queueId", "0"}, {"committed", "true"}, {"bname", "broker-a"},
	}), nil)
	first, err := maxOffset(sending, newFrameReader(sending, 4<<10), question)
	if err != nil {
		return nil, err
	}
	epoch := time.Now()
	var phase atomic.Int32
	// The n-th message of the queue is the n-th send that was accepted, or one a few places beside it.
	var refusals atomic.Int64
	failures := make(chan error, 3)
	stamps := make([]atomic.Int64, 1<<22)

	go func() {
		reader := newFrameReader(sending, 64<<10)
		for {
			if header, _, ok := reader.next(); !ok {
				if reader.fill() != nil {
					return
				}
			} else if code, _ := number(header, `"code":`); code != 0 {
				refusals.Add(1)
			}
		}
	}()

	var sent int64
	go func() {
		runtime.LockOSThread()
		o.queues = 1
		out := newOutbox(o, 0)
		began := time.Now()
		for tick := time.Duration(1); phase.Load() != phaseStop; tick++ {
			if wait := time.Until(began.Add(tick * lagTick)); wait > 0 {
				pause := syscall.NsecToTimespec(wait.Nanoseconds())
				_ = syscall.Nanosleep(&pause, nil)
			}
			out.bytes = out.bytes[:0]
			now := time.Now()
			for due := int64(tick*lagTick) * int64(o.rate) / int64(time.Second); sent < due; sent++ {
				out.add(int(sent&0xffff), now)
				stamps[sent&int64(len(stamps)-1)].Store(now.Sub(epoch).Nanoseconds())
			}
			if _, err := sending.Write(out.bytes); err != nil {
				failures <- err
				return
			}
		}
	}()

	var lag histogram
	var arrived int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		reader := newFrameReader(asking, 4<<10)
		for seen := int64(0); phase.Load() != phaseStop; {
			end, err := maxOffset(asking, reader, question)
			if err != nil {
				failures <- err
				return
			}
			now := time.Since(epoch).Nanoseconds()
			measuring := phase.Load() == phaseMeasure
			for ; seen < end-first; seen++ {
				if measuring {
					lag.add((now - stamps[(seen+refusals.Load())&int64(len(stamps)-1)].Load()) / 1000)
					arrived++
				}
			}
			time.Sleep(lagPause)
		}
	}()

	start, end, err := measurePhases(o, &phase, failures)
	if err != nil {
		return nil, err
	}
	<-done
	_ = asking.Close()
	_ = sending.Close()
	result := report(o, start, end, arrived, &lag)
	result.Failed = refusals.Load()
	return result, nil
}

func maxOffset(connection net.Conn, reader *frameReader, question []byte) (int64, error) {
	if _, err := connection.Write(question); err != nil {
		return 0, err
	}
	for {
		header, _, ok := reader.next()
		if !ok {
			if err := reader.fill(); err != nil {
				return 0, err
			}
			continue
		}
		if code, _ := number(header, `"code":`); code != 0 {
			return 0, &refused{string(header)}
		}
		offset, _ := number(header, `"offset":`)
		return offset, nil
	}
}

type refused struct{ header string }

func (r *refused) Error() string { return "refused: " + r.header }
