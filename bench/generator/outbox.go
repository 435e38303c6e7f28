package main

import (
	"math/rand"
	"time"
)

// outbox gathers the sends that the next write of a connection carries.
type outbox struct {
	frames    *template
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
	return outbox{
		frames:    sendTemplate(topic, o.size),
		queues:    o.queues,
		nextQueue: index % o.queues,
		topics:    o.topics,
		// Message ids must differ between connections and between runs.
		sequence: uint64(index)<<48 | uint64(time.Now().Unix()&0xffffff)<<24,
	}
}

// add appends one send with the given number in its opaque and gives its place among the gathered bytes.
func (b *outbox) add(slot int, now time.Time) int {
	f := b.frames
	putDigits(f.bytes[f.opaque:], 9, int64(opaqueBase+slot))
	if b.topics > 0 {
		b.nextQueue = rand.Intn(b.queues)
		putDigits(f.bytes[f.topic:], len(topicDigits), int64(rand.Intn(b.topics)))
	}
	f.bytes[f.queue] = byte('0' + b.nextQueue)
	b.nextQueue = (b.nextQueue + 1) % b.queues
	putDigits(f.bytes[f.born:], 13, now.UnixMilli())
	b.sequence++
	putHex(f.bytes[f.unique:], 16, b.sequence)
	b.bytes = append(b.bytes, f.bytes...)
	return len(b.bytes) - len(f.bytes)
}
