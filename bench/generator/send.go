package main

import (
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	phaseWarmUp = iota
	phaseMeasure
	phaseStop
)

// sender keeps a fixed number of sends unanswered on one connection.
type sender struct {
	connection net.Conn
	reader     *frameReader
	frames     *template
	queues     int
	nextQueue  int
	sequence   uint64
	startedAt  []time.Time
	out        []byte
	quota      int // sends still allowed, below zero for no limit

	histogram       histogram
	accepted        int64
	failed          int64
	codes           map[int64]int64
	firstFailure    string
	lost            bool
	acceptedOverall int64
}

func newSender(o options, index int) (*sender, error) {
	connection, err := net.DialTimeout("tcp", o.broker, 5*time.Second)
	if err != nil {
		return nil, err
	}
	return &sender{
		connection: connection,
		reader:     newFrameReader(connection, 64<<10),
		frames:     sendTemplate(o.topic, o.size),
		queues:     o.queues,
		nextQueue:  index % o.queues,
		sequence:   uint64(index)<<40 | uint64(time.Now().Unix())<<16,
		startedAt:  make([]time.Time, o.inFlight),
		quota:      -1,
		codes:      map[int64]int64{},
	}, nil
}

// queueSend appends one more frame for a slot to what the next write carries.
func (s *sender) queueSend(slot int, now time.Time) {
	f := s.frames
	putDigits(f.bytes[f.opaque:], 9, int64(opaqueBase+slot))
	f.bytes[f.queue] = byte('0' + s.nextQueue)
	s.nextQueue = (s.nextQueue + 1) % s.queues
	putDigits(f.bytes[f.born:], 13, now.UnixMilli())
	s.sequence++
	putHex(f.bytes[f.unique:], 16, s.sequence)
	s.startedAt[slot] = now
	s.out = append(s.out, f.bytes...)
}

func (s *sender) flush() error {
	if len(s.out) == 0 {
		return nil
	}
	_, err := s.connection.Write(s.out)
	s.out = s.out[:0]
	return err
}

// run sends until the phase says stop or the quota is used up, and then waits for the answers still due.
func (s *sender) run(phase *atomic.Int32) {
	defer s.connection.Close()
	now := time.Now()
	unanswered := 0
	for slot := range s.startedAt {
		if s.quota == 0 {
			break
		}
		s.quota--
		s.queueSend(slot, now)
		unanswered++
	}
	if s.flush() != nil {
		s.lost = true
		return
	}
	for unanswered > 0 {
		if s.reader.fill() != nil {
			s.lost = true
			return
		}
		now = time.Now()
		phaseNow := phase.Load()
		for {
			header, _, ok := s.reader.next()
			if !ok {
				break
			}
			opaque, _ := number(header, `"opaque":`)
			slot := int(opaque) - opaqueBase
			if slot < 0 || slot >= len(s.startedAt) {
				continue
			}
			unanswered--
			code, _ := number(header, `"code":`)
			if code == 0 {
				s.acceptedOverall++
			}
			if phaseNow == phaseMeasure {
				if code == 0 {
					s.accepted++
					s.histogram.add(now.Sub(s.startedAt[slot]).Microseconds())
				} else {
					s.failed++
					s.codes[code]++
					if s.firstFailure == "" {
						s.firstFailure = string(header)
					}
				}
			}
			if phaseNow != phaseStop && s.quota != 0 {
				s.quota--
				s.queueSend(slot, now)
				unanswered++
			}
		}
		if s.flush() != nil {
			s.lost = true
			return
		}
	}
}

func runSend(o options) (any, error) {
	senders := make([]*sender, o.connections)
	for i := range senders {
		s, err := newSender(o, i)
		if err != nil {
			return nil, err
		}
		senders[i] = s
	}
	var phase atomic.Int32
	var all sync.WaitGroup
	start := readEdge(o.watch)
	if o.count > 0 {
		phase.Store(phaseMeasure)
		for i, s := range senders {
			s.quota = o.count / o.connections
			if i < o.count%o.connections {
				s.quota++
			}
		}
	}
	for _, s := range senders {
		all.Add(1)
		go func(s *sender) {
			defer all.Done()
			s.run(&phase)
		}(s)
	}
	var end edge
	if o.count > 0 {
		all.Wait()
		end = readEdge(o.watch)
	} else {
		time.Sleep(o.warmUp)
		start = readEdge(o.watch)
		phase.Store(phaseMeasure)
		finished := make(chan struct{})
		go func() {
			all.Wait()
			close(finished)
		}()
		select {
		case <-time.After(o.duration):
		case <-finished:
		}
		end = readEdge(o.watch)
		phase.Store(phaseStop)
		select {
		case <-finished:
		case <-time.After(10 * time.Second):
			return nil, fmt.Errorf("answers still missing 10 s after the last send")
		}
	}
	var whole histogram
	var count, overall int64
	codes := map[string]int64{}
	m := measured{}
	for _, s := range senders {
		whole.merge(&s.histogram)
		count += s.accepted
		overall += s.acceptedOverall
		m.Failed += s.failed
		if s.lost {
			m.ConnectionsLost++
		}
		for code, n := range s.codes {
			codes[strconv.FormatInt(code, 10)] += n
		}
		if m.FirstFailureRemark == "" {
			m.FirstFailureRemark = s.firstFailure
		}
	}
	full := report(o, start, end, count, &whole)
	full.Failed, full.ConnectionsLost, full.Codes, full.FirstFailureRemark = m.Failed, m.ConnectionsLost, codes, m.FirstFailureRemark
	return full, nil
}
