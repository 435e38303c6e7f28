package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// sender keeps a fixed number of sends unanswered on one connection.
type sender struct {
	socket     rawSocket
	reader     *frameReader
	outbox     outbox
	startedAt  []time.Time
	ends       *endTemplate // commits half messages, where these are sent
	halves     []half
	unanswered int
	waiting    bool // for room in the socket, so that epoll tells about it
	closed     bool
}

// half is the half message that a slot waits for the answer of; none while it waits for that of the commit.
type half struct {
	unique  [32]byte
	waiting bool
}

// load is all senders on one thread, with what they have counted in the measured time.
type load struct {
	senders []*sender
	poll    int
	quota   int // sends still allowed, below zero for no limit
	stopped bool
	open    int

	measuring        bool
	histogram        histogram
	accepted, failed int64
	codes            map[string]int64
	firstFailure     string
	lost             int64
}

func newLoad(o options) (*load, error) {
	poll, err := syscall.EpollCreate1(0)
	if err != nil {
		return nil, err
	}
	l := &load{poll: poll, quota: -1, codes: map[string]int64{}}
	brokers := strings.Split(o.broker, ",")
	for i := 0; i < o.connections; i++ {
		broker := brokers[i%len(brokers)]
		socket, err := dialRaw(broker)
		if err != nil {
			return nil, fmt.Errorf("connect to %s: %w", broker, err)
		}
		s := &sender{
			socket:    socket,
			reader:    newFrameReader(socket, 64<<10),
			outbox:    newOutbox(o, i),
			startedAt: make([]time.Time, o.inFlight),
		}
		if o.kind == "transaction" {
			s.ends = newEndTemplate(o.topic)
			s.halves = make([]half, o.inFlight)
		}
		l.senders = append(l.senders, s)
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(i)}
		if err := syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, int(socket), &event); err != nil {
			return nil, err
		}
	}
	l.open = len(l.senders)
	return l, nil
}

// sendOne puts one more send of a sender under way unless the load is over.
func (l *load) sendOne(s *sender, slot int, now time.Time) {
	if l.stopped || l.quota == 0 {
		return
	}
	l.quota--
	place := s.outbox.add(slot, now)
	if s.ends != nil {
		h := &s.halves[slot]
		copy(h.unique[:], uniquePrefix)
		copy(h.unique[len(uniquePrefix):], s.outbox.bytes[place+s.outbox.frames.unique:])
		h.waiting = true
	}
	s.startedAt[slot] = now
	s.unanswered++
}

func (l *load) flush(index int) {
	s := l.senders[index]
	if len(s.outbox.bytes) == 0 || s.closed {
		return
	}
	n, err := s.socket.Write(s.outbox.bytes)
	if err != nil {
		l.lose(s)
		return
	}
	rest := copy(s.outbox.bytes, s.outbox.bytes[n:])
	s.outbox.bytes = s.outbox.bytes[:rest]
	if waiting := rest > 0; waiting != s.waiting {
		s.waiting = waiting
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(index)}
		if waiting {
			event.Events |= syscall.EPOLLOUT
		}
		_ = syscall.EpollCtl(l.poll, syscall.EPOLL_CTL_MOD, int(s.socket), &event)
	}
}

func (l *load) lose(s *sender) {
	s.closed = true
	s.unanswered = 0
	_ = syscall.Close(int(s.socket))
	l.lost++
	l.open--
}

// receive takes the answers that are here and puts a new send in the place of each.
func (l *load) receive(index int) {
	s := l.senders[index]
	if err := s.reader.fill(); err != nil {
		if err != io.ErrNoProgress {
			l.lose(s)
		}
		return
	}
	now := time.Now()
	for {
		header, _, ok := s.reader.next()
		if !ok {
			return
		}
		opaque, _ := number(header, `"opaque":`)
		slot := int(opaque) - opaqueBase
		if slot < 0 || slot >= len(s.startedAt) {
			continue
		}
		if s.ends != nil && l.commit(s, slot, header) {
			continue
		}
		s.unanswered--
		if l.measuring {
			l.count(header, now.Sub(s.startedAt[slot]))
		}
		l.sendOne(s, slot, now)
	}
}

// commit puts the end of a transaction under way when its half message is stored; false where the answer is a last one.
func (l *load) commit(s *sender, slot int, header []byte) bool {
	h := &s.halves[slot]
	if !h.waiting {
		return false
	}
	h.waiting = false
	if code, _ := number(header, `"code":`); code != 0 {
		return false
	}
	out, ok := s.ends.endOf(header, slot, h.unique[:], s.outbox.bytes)
	s.outbox.bytes = out
	return ok
}

func (l *load) count(header []byte, took time.Duration) {
	code, _ := number(header, `"code":`)
	if code == 0 {
		l.accepted++
		l.histogram.add(took.Microseconds())
		return
	}
	l.failed++
	l.codes[strconv.FormatInt(code, 10)]++
	if l.firstFailure == "" {
		l.firstFailure = string(header)
	}
}

func (l *load) idle() bool {
	for _, s := range l.senders {
		if s.unanswered > 0 {
			return false
		}
	}
	return true
}

// runUntil serves the sockets until a moment, or until nothing is unanswered any more; false when it ended before.
func (l *load) runUntil(moment time.Time) bool {
	events := make([]syscall.EpollEvent, 128)
	for {
		left := time.Until(moment)
		if left <= 0 {
			return true
		}
		n := waitForEvents(l.poll, events, int(left.Milliseconds())+1)
		for _, event := range events[:n] {
			index := int(event.Fd)
			if l.senders[index].closed {
				continue
			}
			if event.Events&^syscall.EPOLLOUT != 0 {
				l.receive(index)
			}
			l.flush(index)
		}
		if l.open == 0 || ((l.stopped || l.quota == 0) && l.idle()) {
			return false
		}
	}
}

func runSend(o options) (any, error) {
	l, err := newLoad(o)
	if err != nil {
		return nil, err
	}
	start := readEdge(o.watch)
	if o.count > 0 {
		l.quota = o.count
		l.measuring = true
	}
	now := time.Now()
	for i, s := range l.senders {
		for slot := range s.startedAt {
			l.sendOne(s, slot, now)
		}
		l.flush(i)
	}
	if o.count > 0 {
		if l.runUntil(now.Add(10 * time.Minute)) {
			return nil, fmt.Errorf("%d sends took more than ten minutes", o.count)
		}
	} else {
		l.runUntil(now.Add(o.warmUp))
		start = readEdge(o.watch)
		l.measuring = true
		l.runUntil(start.at.Add(o.duration))
	}
	end := readEdge(o.watch)
	l.measuring = false
	l.stopped = true
	if l.open > 0 && !l.idle() && l.runUntil(time.Now().Add(10*time.Second)) {
		return nil, fmt.Errorf("answers still missing 10 s after the last send")
	}
	result := report(o, start, end, l.accepted, &l.histogram)
	result.Failed, result.Codes, result.FirstFailure, result.ConnectionsLost = l.failed, l.codes, l.firstFailure, l.lost
	return result, nil
}
