package record

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mailgauge/xk6-smtp/record/histogram"
)

func TestNobodyWantsTheRecord(t *testing.T) { //nolint:paralleltest // counts allocations
	var v *VU
	s := v.Begin("default")
	assert.Zero(t, testing.AllocsPerRun(10, func() {
		s.Phase(Mail, 1)
		s.Message(Accepted, 1)
		s.Recipient(Accepted, 1)
		s.Reply("mail", 250, "")
		s.Error("mail", "reset")
		s.Session(true)
		s.Handshake(true, "")
		s.End()
	}))
}

// VUs record from their own goroutines while the collector drains: nothing is lost and nothing counted twice.
func TestNothingIsLostBetweenIntervals(t *testing.T) {
	t.Parallel()
	const vus, each = 8, 2000
	c := newCollector()
	var recording sync.WaitGroup
	for id := range uint64(vus) {
		recording.Go(func() {
			for i := range each {
				s := c.vu(id).Begin([]string{"a", "b"}[i%2])
				s.Phase(Accepting, time.Microsecond)
				s.Phase(MessageDuration, time.Millisecond)
				s.Message(Accepted, 10)
				s.Reply("accepting", 250, "2.0.0")
				s.End()
			}
		})
	}
	finished := make(chan struct{})
	go func() { recording.Wait(); close(finished) }()
	var messages, durations uint64
	for last := false; !last; {
		select {
		case <-finished:
			last = true
		default:
		}
		c.mu.Lock()
		c.collect(last || messages%3 == 0)
		for _, line := range c.intervals(time.Now(), func(_ string, busy bool) bool { return busy }) {
			messages += line.Messages["accepted"]
			durations += line.Duration.Count
		}
		c.mu.Unlock()
	}
	assert.Equal(t, uint64(vus*each), messages)
	assert.Equal(t, uint64(vus*each), durations)
	snapshots := c.snapshots(time.Now(), 1)
	require.Len(t, snapshots, 2)
	for i, name := range []string{"a", "b"} {
		got := snapshots[i].Scenarios[name]
		assert.Equal(t, uint64(vus*each/2), got.Messages["accepted"])
		assert.Equal(t, uint64(vus*each/2*10), got.Octets)
		assert.Equal(t, map[string]uint64{"accepting 250 2.0.0": vus * each / 2}, got.Replies)
		assert.Equal(t, uint64(vus*each/2), got.Phases["accepting"].Count())
		assert.Equal(t, uint64(vus*each/2), got.Phases["message_duration"].Count())
	}
	assert.Empty(t, c.snapshots(time.Now(), 2), "nothing changed since")
}

func TestAVUForgetsScenariosItHasLeft(t *testing.T) {
	t.Parallel()
	c := newCollector()
	v := c.vu(1)
	for step := range 20 {
		s := v.Begin(fmt.Sprintf("step_%d", step))
		s.Phase(Accepting, time.Second)
		s.Message(Accepted, 1)
		s.End()
		c.collect(true)
		c.collect(true)
		c.collect(true)
		assert.LessOrEqual(t, len(v.shards), 2)
	}
	assert.Len(t, c.scenarios, 20)
	for _, s := range c.scenarios {
		assert.Equal(t, uint64(1), s.phases[Accepting].Count())
	}
}

func TestRepliesOfAHostileServerAreBounded(t *testing.T) {
	t.Parallel()
	var total tally
	for i := range 5 {
		var one tally
		for j := range 1000 {
			one.add(replyKey{phase: "rcpt", code: 550, enhanced: fmt.Sprintf("5.%d.%d", i, j)}, 1)
		}
		one.add(replyKey{phase: "rcpt", code: 550, enhanced: strings.Repeat("5", 1<<20)}, 1)
		assert.LessOrEqual(t, len(one), maxKeys)
		total.merge(&one)
	}
	assert.LessOrEqual(t, len(total), maxKeys)
	var sum uint64
	for _, n := range total.line() {
		sum += n
	}
	assert.Equal(t, uint64(5005), sum)
}

func TestOutOfRangeIsNotCounted(t *testing.T) {
	t.Parallel()
	c := newCollector()
	s := c.vu(1).Begin("default")
	s.Phase(numPhases, 1)
	s.Phase(Mail, -1)
	s.Message(numOutcomes, 1)
	s.Recipient(numOutcomes, 1)
	s.Recipient(Accepted, -1)
	s.End()
	c.collect(true)
	assert.Empty(t, c.snapshots(time.Now(), 1))
	assert.Equal(t, "other", numPhases.String())
	assert.Equal(t, "other", numOutcomes.String())
}

func TestLinesHoldNumbersThatJSONKnows(t *testing.T) {
	t.Parallel()
	h := &histogram.Histogram{}
	h.Add(math.MaxInt64)
	h.Add(math.MaxInt64)
	assert.NotEmpty(t, encode(h))
	assert.NotEmpty(t, encode(durationOf(h)))
}

func BenchmarkMessage(b *testing.B) {
	v := newCollector().vu(1)
	for b.Loop() {
		s := v.Begin("default")
		s.Phase(Envelope, 100*time.Microsecond)
		s.Phase(Sending, 10*time.Microsecond)
		s.Phase(Accepting, 200*time.Microsecond)
		s.Phase(MessageDuration, 310*time.Microsecond)
		s.Message(Accepted, 1000)
		s.Recipient(Accepted, 1)
		s.Reply("mail", 250, "2.1.0")
		s.Reply("rcpt", 250, "2.1.5")
		s.Reply("accepting", 250, "2.0.0")
		s.End()
	}
}

// A soak of a day is 86 million messages: nothing may be kept for each.
func TestMemoryDoesNotGrowWithTheMessages(t *testing.T) { //nolint:paralleltest // counts allocations
	c := newCollector()
	v := c.vu(1)
	i := 0
	message := func() {
		i++
		s := v.Begin("default")
		for p := range numPhases {
			s.Phase(p, time.Duration(1)<<(i%40))
		}
		s.Message(Accepted, 1000)
		s.Recipient(Accepted, 1)
		s.Reply("accepting", 250, "2.0.0")
		s.Session(true)
		s.End()
	}
	for range 40 {
		message()
	}
	c.collect(true)
	assert.Zero(t, testing.AllocsPerRun(1000, message))
	c.collect(true)
	assert.Zero(t, testing.AllocsPerRun(1000, message))
}
