package main

import (
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// histogram counts microseconds in buckets at most 1/64 wide of their value.
type histogram struct {
	counts [64 * 40]uint32
	total  uint64
	max    int64
}

func bucketOf(micros int64) int {
	if micros < 64 {
		return int(micros)
	}
	shift := bits.Len64(uint64(micros)) - 7
	return 64*(shift+1) + int(micros>>shift) - 64
}

func (h *histogram) add(micros int64) {
	if micros < 0 {
		micros = 0
	}
	if micros > h.max {
		h.max = micros
	}
	h.counts[bucketOf(micros)]++
	h.total++
}

func (h *histogram) merge(other *histogram) {
	for i, count := range other.counts {
		h.counts[i] += count
	}
	h.total += other.total
	if other.max > h.max {
		h.max = other.max
	}
}

func (h *histogram) quantile(q float64) int64 {
	wanted := uint64(q * float64(h.total))
	var seen uint64
	for i, count := range h.counts {
		seen += uint64(count)
		if seen > wanted {
			if i < 64 {
				return int64(i)
			}
			shift := i/64 - 1
			return int64(i%64+64) << shift
		}
	}
	return h.max
}

type latency struct {
	P50  int64 `json:"p50"`
	P99  int64 `json:"p99"`
	P999 int64 `json:"p999"`
	Max  int64 `json:"max"`
}

func (h *histogram) summary() latency {
	return latency{h.quantile(0.5), h.quantile(0.99), h.quantile(0.999), h.max}
}

// measured is what every load reports. Times are microseconds, memory is kB.
type measured struct {
	Count           int64            `json:"count"`
	Failed          int64            `json:"failed"`
	Codes           map[string]int64 `json:"codes,omitempty"`
	Seconds         float64          `json:"seconds"`
	PerSecond       float64          `json:"perSecond"`
	Latency         latency          `json:"latencyMicros"`
	BrokerCPU       float64          `json:"brokerCpuMicrosPerMessage"`
	GeneratorCPU    float64          `json:"generatorCpuMicrosPerMessage"`
	BrokerCores     float64          `json:"brokerCores"`
	BrokerMemory    map[string]int64 `json:"brokerMemoryKb,omitempty"`
	ConnectionsLost int64            `json:"connectionsLost"`
	FirstFailure    string           `json:"firstFailure,omitempty"`
}

// edge is one reading at the start or the end of the measured time.
type edge struct {
	at             time.Time
	broker, myself float64
}

// pids is a flag of process ids, with commas between them.
type pids []int

func (p *pids) String() string { return fmt.Sprint(*p) }

func (p *pids) Set(text string) error {
	for _, each := range strings.Split(text, ",") {
		pid, err := strconv.Atoi(each)
		if err != nil {
			return err
		}
		*p = append(*p, pid)
	}
	return nil
}

func readEdge(watched pids) edge {
	var own syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	micros := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e6 + float64(t.Usec) }
	brokers := 0.0
	for _, pid := range watched {
		brokers += cpuMicros(pid)
	}
	return edge{time.Now(), brokers, micros(own.Utime) + micros(own.Stime)}
}

// cpuMicros is user + system time of a process with all its threads, from /proc in ticks of 10 ms.
func cpuMicros(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) * 10_000
}

func memoryKb(pid int) map[string]int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil
	}
	out := map[string]int64{}
	for _, line := range strings.Split(string(text), "\n") {
		for _, key := range []string{"RssAnon", "VmRSS", "VmHWM"} {
			if strings.HasPrefix(line, key+":") {
				value, _ := strconv.ParseInt(strings.Fields(line)[1], 10, 64)
				out[key] = value
			}
		}
	}
	return out
}

const (
	phaseWarmUp = iota
	phaseMeasure
	phaseStop
)

// measurePhases lets a load warm up, reads the edges of its measured time and stops it, or returns its failure.
func measurePhases(o options, phase *atomic.Int32, failures <-chan error) (start, end edge, err error) {
	if err = waitOrFail(o.warmUp, failures); err != nil {
		return
	}
	start = readEdge(o.watch)
	phase.Store(phaseMeasure)
	if err = waitOrFail(o.duration, failures); err != nil {
		return
	}
	end = readEdge(o.watch)
	phase.Store(phaseStop)
	return
}

// waitOrFail lets a load run for so long, or until it fails.
func waitOrFail(d time.Duration, failures <-chan error) error {
	select {
	case <-time.After(d):
		return nil
	case err := <-failures:
		return err
	}
}

func report(o options, start, end edge, count int64, h *histogram) measured {
	seconds := end.at.Sub(start.at).Seconds()
	m := measured{Count: count, Seconds: seconds, PerSecond: float64(count) / seconds, Latency: h.summary()}
	if count > 0 {
		m.BrokerCPU = (end.broker - start.broker) / float64(count)
		m.GeneratorCPU = (end.myself - start.myself) / float64(count)
	}
	m.BrokerCores = (end.broker - start.broker) / 1e6 / seconds
	if len(o.watch) > 0 {
		m.BrokerMemory = memoryKb(o.watch[0])
	}
	return m
}
