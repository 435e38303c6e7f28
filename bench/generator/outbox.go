package main

import (
	"encoding/binary"
	"math/rand"
	"time"
)

// outbox gathers the sends that the next write of a connection carries.
type outbox struct {
	frames    *template
	variants  []*template // the messages in turn, where they differ
	dueAt     func() int64
	queues    int
	nextQueue int
	topics    int // above zero: each send goes to a random queue of so many topics
	sequence  uint64
	bytes     []byte
}

func newOutbox(o options, index int) outbox {
	topic := o.topic
	if o.topics > 0 {
		topic += topicDigits
	}
	var variants []*template
	for _, each := range kindsOf(o) {
		variants = append(variants, sendTemplate(topic, o.size, each))
	}
	return outbox{
		frames:    variants[0],
		variants:  variants,
		dueAt:     dueTimes(o),
		queues:    o.queues,
		nextQueue: index % o.queues,
		topics:    o.topics,
		// Message ids must differ between connections and between runs.
		sequence: uint64(index)<<48 | uint64(time.Now().Unix()&0xffffff)<<24,
	}
}

// add appends one send with the given number in its opaque and gives its place among the gathered bytes.
func (b *outbox) add(slot int, now time.Time) int {
	f := b.variants[b.sequence%uint64(len(b.variants))]
	putDigits(f.bytes[f.opaque:], 9, int64(opaqueBase+slot))
	if b.topics > 0 {
		b.nextQueue = rand.Intn(b.queues)
		putDigits(f.bytes[f.topic:], len(topicDigits), int64(rand.Intn(b.topics)))
	}
	f.bytes[f.queue] = byte('0' + b.nextQueue)
	b.nextQueue = (b.nextQueue + 1) % b.queues
	putDigits(f.bytes[f.born:], 13, now.UnixMilli())
	if b.dueAt != nil {
		due := b.dueAt()
		putDigits(f.bytes[f.due:], 13, due)
		binary.BigEndian.PutUint64(f.bytes[f.stamp:], uint64(due))
	}
	b.sequence++
	putHex(f.bytes[f.unique:], 16, b.sequence)
	b.bytes = append(b.bytes, f.bytes...)
	return len(b.bytes) - len(f.bytes)
}
