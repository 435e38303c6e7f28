package main

import (
	"math/rand"
	"strconv"
	"time"
)

// kind is what the messages of a load are besides a body.
type kind struct {
	properties string // as they stand in a header, each with its separators
	sysFlag    int
}

var plain kind

const (
	dueProperty         = "TIMER_DELIVER_MS"
	dueMark             = dueProperty + `\u0001` // as it stands in a JSON header
	transactionPrepared = 4
	transactionCommit   = 8
)

func property(name, value string) string { return name + "\x01" + value + "\x02" }

// kindsOf gives the kinds that are sent in turn.
func kindsOf(o options) []kind {
	switch o.kind {
	case "transaction":
		properties := property("TRAN_MSG", "true") + property("PGROUP", producerGroup)
		return []kind{{properties, transactionPrepared}}
	case "timer":
		return []kind{{properties: property(dueProperty, "0000000000000")}}
	case "filtered":
		return filteredKinds()
	}
	return []kind{plain}
}

// filteredKinds are 16 messages of which every fourth passes the tag TagA, and every fourth the expression of sqlExpression.
func filteredKinds() []kind {
	var kinds []kind
	for i := 0; i < 16; i++ {
		region := []string{"EU", "US"}[i%2]
		price := strconv.Itoa(5 * (i / 2 % 4))
		kinds = append(kinds, kind{properties: property("TAGS", "Tag"+string(rune('A'+i%4))) +
			property("KEYS", "order-"+strconv.Itoa(i)) + property("buyer", "b-1029") + property("region", region) +
			property("price", price)})
	}
	return kinds
}

const sqlExpression = "price >= 10 AND region = 'EU'"

// dueTimes gives the times of timer messages: -due-in from now on, over -due-over, or so many in each second: all when it begins, or spread
// over it. Nil:
// the messages have none.
func dueTimes(o options) func() int64 {
	if o.kind != "timer" {
		return nil
	}
	if o.dueRate > 0 {
		first := time.Now().Add(o.dueIn).Truncate(time.Second).UnixMilli()
		sent := int64(0)
		return func() int64 {
			// Each connection has its share of a second.
			share := int64(o.dueRate / o.connections)
			due := first + sent/share*1000
			if o.dueSpread {
				due += sent % share * 1000 / share
			}
			sent++
			return due
		}
	}
	over := max(o.dueOver.Milliseconds(), 1)
	return func() int64 { return time.Now().Add(o.dueIn).UnixMilli() + rand.Int63n(over) }
}
