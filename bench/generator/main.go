// The load generator of the benchmark: speaks RocketMQ's wire protocol to whichever broker it is pointed at, prints one
// JSON object and ends. It is a process of its own, in a language that neither broker is written in, with prebuilt
// frames and answers that are only scanned, so that its own cost a message stays under either broker's; it reports that
// cost next to the broker's. Standard library only.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

type options struct {
	broker, namesrv, topic string
	queues                 int
	connections, inFlight  int
	size                   int
	count                  int
	warmUp, duration       time.Duration
	rate                   int
	batch                  int
	watch                  pids
	slave                  string
	timeout                time.Duration
	cores                  int
	topics                 int
	random                 int64
	kind                   string
	dueIn, dueOver         time.Duration
	dueRate                int
	dueSpread              bool
	subscription           string
	ordered                bool
}

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: generator topic|topics|send|pull|latency|lateness|lag|follow|first-send [flags]"))
	}
	mode := os.Args[1]
	var o options
	flags := flag.NewFlagSet(mode, flag.ExitOnError)
	flags.StringVar(&o.broker, "broker", "127.0.0.1:10911", "broker address (send: or several, 1,2, which its connections take in turn)")
	flags.StringVar(&o.namesrv, "namesrv", "127.0.0.1:9876", "name server address (first-send)")
	flags.StringVar(&o.topic, "topic", "bench", "topic")
	flags.IntVar(&o.queues, "queues", 8, "queues of the topic")
	flags.IntVar(&o.connections, "connections", 8, "connections")
	flags.IntVar(&o.inFlight, "in-flight", 16, "unanswered requests on each connection")
	flags.IntVar(&o.size, "size", 1024, "bytes of a message body")
	flags.IntVar(&o.count, "count", 0, "send so many and end, instead of warm-up and duration")
	flags.DurationVar(&o.warmUp, "warm-up", 5*time.Second, "load before measuring")
	flags.DurationVar(&o.duration, "duration", 10*time.Second, "measured time")
	flags.IntVar(&o.rate, "rate", 2000, "messages a second (latency, lag)")
	flags.IntVar(&o.batch, "batch", 32, "messages a pull")
	flags.Var(&o.watch, "watch", "processes (1,2) whose CPU time, added up, and the first one's memory is read at the edges of the measured time")
	flags.StringVar(&o.slave, "slave", "", "address of the broker's slave (lag, follow)")
	flags.DurationVar(&o.timeout, "timeout", 60*time.Second, "longest wait for the first accepted send, or for a slave (follow)")
	flags.IntVar(&o.cores, "cores", 1, "threads that run Go code at one time")
	flags.IntVar(&o.topics, "topics", 0, "so many topics, each send to a random queue of one; named by -topic and five digits")
	flags.Int64Var(&o.random, "random", 0, "each pull begins at a random offset below this one")
	flags.StringVar(&o.kind, "kind", "", "what is sent: transaction (half messages and their commits), timer, filtered (tags and properties)")
	flags.DurationVar(&o.dueIn, "due-in", time.Hour, "earliest time of timer messages, from their send on")
	flags.DurationVar(&o.dueOver, "due-over", 0, "their times are spread over so much")
	flags.IntVar(&o.dueRate, "due-rate", 0, "instead: so many are due at each whole second from -due-in on")
	flags.BoolVar(&o.dueSpread, "due-spread", false, "with -due-rate: they are spread over the second")
	flags.StringVar(&o.subscription, "subscription", "", "pull what passes a filter that a heartbeat names: tag or sql")
	flags.BoolVar(&o.ordered, "ordered", false, "pull as an orderly consumer: with locks, and progress with each pull")
	_ = flags.Parse(os.Args[2:])

	// Buffers are made once, so there is nothing to collect; more threads than the load needs only cost the brokers CPU.
	debug.SetGCPercent(400)
	runtime.GOMAXPROCS(o.cores)

	var result any
	var err error
	switch mode {
	case "topic":
		result, err = createTopic(o)
	case "topics":
		result, err = createTopics(o)
	case "send":
		result, err = runSend(o)
	case "pull":
		result, err = runPull(o)
	case "latency":
		result, err = runLatency(o)
	case "lateness":
		result, err = runLateness(o)
	case "lag":
		result, err = runLag(o)
	case "follow":
		result, err = runFollow(o)
	case "first-send":
		result, err = runFirstSend(o)
	default:
		err = fmt.Errorf("no mode %q", mode)
	}
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "generator:", err)
	os.Exit(1)
}
