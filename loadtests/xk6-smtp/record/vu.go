package record

import (
	"strings"
	"sync"
	"time"

	"github.com/mailgauge/xk6-smtp/record/histogram"
)

// VU records what one virtual user does. Each has a lock of its own, which the collector takes once a second and
// nobody else ever wants: so recording costs nanoseconds and VUs never wait for each other.
//
// A nil *VU is valid and records nothing: that is what ForVU gives while no output wants the record.
type VU struct {
	mu      sync.Mutex
	shards  map[string]*Shard
	current *Shard
}

// Begin opens the record of one scenario of this VU until Shard.End. Everything that is known after one message, or
// after one batch of them, belongs between the two; no I/O does. Safe for concurrent use. The name "" is what setup
// and teardown do, and is left out of every scenario.
func (v *VU) Begin(scenario string) *Shard {
	if v == nil {
		return nil
	}
	v.mu.Lock()
	if v.current != nil && v.current.scenario == scenario {
		return v.current
	}
	s := v.shards[scenario]
	if s == nil {
		s = &Shard{vu: v, scenario: strings.Clone(scenario)}
		v.shards[s.scenario] = s
	}
	v.current = s
	return s
}

// Shard is the record of one VU in one scenario, since it was last collected. Its methods are called between VU.Begin
// and End only; all of them accept a nil *Shard.
type Shard struct {
	vu       *VU
	scenario string
	counts   counts
	phases   [numPhases]*histogram.Histogram
	// idle: nothing was recorded since the last snapshot.
	idle bool
}

// End hands the shard back. It must not be used afterwards.
func (s *Shard) End() {
	if s != nil {
		s.vu.mu.Unlock()
	}
}

// Phase adds a duration; negative ones are phases that did not happen and are left out.
func (s *Shard) Phase(p Phase, d time.Duration) {
	if s == nil || d < 0 || p >= numPhases {
		return
	}
	h := s.phases[p]
	if h == nil {
		h = &histogram.Histogram{}
		s.phases[p] = h
	}
	h.Add(d)
}

// Message counts a message, and its octets (without the protocol around them) when it was handed over whole.
func (s *Shard) Message(o Outcome, octets int) {
	if s == nil || o >= numOutcomes {
		return
	}
	s.counts.active = true
	s.counts.messages[o]++
	if octets > 0 {
		s.counts.octets += uint64(octets)
	}
}

// Recipient counts n recipients that had the same outcome.
func (s *Shard) Recipient(o Outcome, n int) {
	if s == nil || o >= numOutcomes || n <= 0 {
		return
	}
	s.counts.active = true
	s.counts.recipients[o] += uint64(n)
}

// Reply counts a reply. phase is a name of Phase in index.d.ts; enhanced is "5.7.1", or "" without one.
func (s *Shard) Reply(phase string, code int, enhanced string) {
	if s == nil {
		return
	}
	s.counts.active = true
	s.counts.replies.add(replyKey{phase: phase, code: code, enhanced: enhanced}, 1)
}

// Error counts a transport error: something that was seen in place of a reply.
func (s *Shard) Error(phase, code string) {
	if s == nil {
		return
	}
	s.counts.active = true
	s.counts.errors.add(replyKey{phase: phase, enhanced: code}, 1)
}

// Session counts an attempt to open a session: whether it came as far as where MAIL may follow.
func (s *Shard) Session(opened bool) {
	if s == nil {
		return
	}
	s.counts.active = true
	if opened {
		s.counts.opened++
	} else {
		s.counts.failed++
	}
}

// Handshake counts a TLS handshake that was completed. tls says what was agreed, such as "TLSv1.3 X25519".
func (s *Shard) Handshake(resumed bool, tls string) {
	if s == nil {
		return
	}
	s.counts.tls = tls
	s.counts.active = true
	if resumed {
		s.counts.resumed++
	} else {
		s.counts.full++
	}
}
