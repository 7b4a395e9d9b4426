package sink

import (
	"strconv"
	"sync/atomic"
)

const (
	minCode  = 200
	numCodes = 400
)

type outcome uint8

// What became of a message whose text was sent. Transactions refused at MAIL or RCPT are seen in the replies only.
const (
	accepted outcome = iota
	deferred
	rejected
	aborted // the connection was lost, or RSET came, before its end
	numOutcomes
)

var outcomeNames = [numOutcomes]string{"accepted", "deferred", "rejected", "aborted"}

// counters are sharded by connection, so that counting costs a connection a few uncontended atomic additions and a
// reader sees every reply counted that a client has seen.
type counters struct {
	replies    [numPhases][numCodes]atomic.Uint64
	messages   [numOutcomes]atomic.Uint64
	recipients atomic.Uint64
	octets     atomic.Uint64
	_          [64]byte
}

const numShards = 16

// shared are counted once a connection, or seldom.
type shared struct {
	plain, implicit  atomic.Uint64 // connections by their beginning
	refused          atomic.Uint64
	active           atomic.Int64
	full, resumed    atomic.Uint64 // TLS handshakes
	handshakeErrors  atomic.Uint64
	plaintextDropped atomic.Uint64 // octets that stood behind STARTTLS in the clear
}

// Stats are the counts since the start or the last reset.
type Stats struct {
	Connections Connections       `json:"connections"`
	Messages    map[string]uint64 `json:"messages"`
	// Recipients of accepted messages.
	Recipients uint64 `json:"recipients"`
	// Octets of messages, whatever became of them.
	Octets uint64 `json:"octets"`
	// Replies by phase, then by code.
	Replies map[string]map[string]uint64 `json:"replies"`
}

// Connections counts connections and their TLS handshakes.
type Connections struct {
	Total    uint64 `json:"total"`
	Active   int64  `json:"active"`
	Refused  uint64 `json:"refused"`
	Implicit uint64 `json:"implicit_tls"`
	// Handshakes of STARTTLS and implicit TLS.
	FullHandshakes    uint64 `json:"full_handshakes"`
	ResumedHandshakes uint64 `json:"resumed_handshakes"`
	HandshakeErrors   uint64 `json:"handshake_errors"`
	PlaintextDropped  uint64 `json:"plaintext_dropped"`
}

func (s *Server) totals() *counters {
	sum := &counters{}
	for i := range s.shards {
		shard := &s.shards[i]
		for p := range shard.replies {
			for c := range shard.replies[p] {
				if n := shard.replies[p][c].Load(); n > 0 {
					sum.replies[p][c].Add(n)
				}
			}
		}
		for o := range shard.messages {
			sum.messages[o].Add(shard.messages[o].Load())
		}
		sum.recipients.Add(shard.recipients.Load())
		sum.octets.Add(shard.octets.Load())
	}
	return sum
}

// Stats gives the counts since the start or the last reset.
func (s *Server) Stats() Stats {
	sum := s.totals()
	stats := Stats{
		Connections: Connections{
			Total: s.shared.plain.Load() + s.shared.implicit.Load(), Active: s.shared.active.Load(),
			Refused: s.shared.refused.Load(), Implicit: s.shared.implicit.Load(),
			FullHandshakes: s.shared.full.Load(), ResumedHandshakes: s.shared.resumed.Load(),
			HandshakeErrors: s.shared.handshakeErrors.Load(), PlaintextDropped: s.shared.plaintextDropped.Load(),
		},
		Messages:   map[string]uint64{},
		Recipients: sum.recipients.Load(),
		Octets:     sum.octets.Load(),
		Replies:    map[string]map[string]uint64{},
	}
	for o, name := range outcomeNames {
		stats.Messages[name] = sum.messages[o].Load()
	}
	sum.eachReply(func(phase Phase, code string, n uint64) {
		if stats.Replies[phase.String()] == nil {
			stats.Replies[phase.String()] = map[string]uint64{}
		}
		stats.Replies[phase.String()][code] = n
	})
	return stats
}

func (c *counters) eachReply(visit func(phase Phase, code string, n uint64)) {
	for p := range c.replies {
		for code := range c.replies[p] {
			if n := c.replies[p][code].Load(); n > 0 {
				visit(Phase(p), strconv.Itoa(minCode+code), n)
			}
		}
	}
}

func (c *counters) reset() {
	for p := range c.replies {
		for code := range c.replies[p] {
			c.replies[p][code].Store(0)
		}
	}
	for o := range c.messages {
		c.messages[o].Store(0)
	}
	c.recipients.Store(0)
	c.octets.Store(0)
}

// reset leaves the connections that are open counted as such.
func (s *shared) reset() {
	for _, n := range []*atomic.Uint64{
		&s.plain, &s.implicit, &s.refused, &s.full, &s.resumed, &s.handshakeErrors, &s.plaintextDropped,
	} {
		n.Store(0)
	}
}
