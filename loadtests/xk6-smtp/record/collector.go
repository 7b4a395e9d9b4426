package record

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/mailgauge/xk6-smtp/record/histogram"
)

// active is the collector of the output that runs; nil without one.
var active atomic.Pointer[collector]

// Enabled tells whether an output of this process wants the record.
func Enabled() bool { return active.Load() != nil }

// ForVU gives the recorder of a VU, nil when nobody wants the record. It is asked for when the VU sends for the first
// time, not in the init context: outputs start between the two.
func ForVU(id uint64) *VU {
	c := active.Load()
	if c == nil {
		return nil
	}
	return c.vu(id)
}

// collector gathers from the recorders of all VUs and from k6's samples.
type collector struct {
	mu        sync.Mutex
	vus       map[uint64]*VU
	scenarios map[string]*scenario
	// running is k6's gauge of the VUs of all scenarios.
	running int
}

// scenario is what was gathered of one.
type scenario struct {
	// interval and durations are since the last interval, the rest since the start.
	interval  counts
	durations histogram.Histogram
	total     counts
	phases    [numPhases]*histogram.Histogram
	// vus are those whose last message was of this scenario.
	vus int
	// from and to are the begin of the first iteration and the end of the last, of those that k6 told of.
	from, to time.Time
	// changed: there is something that the last snapshot does not have.
	changed bool
}

func newCollector() *collector {
	return &collector{vus: map[uint64]*VU{}, scenarios: map[string]*scenario{}}
}

func (c *collector) vu(id uint64) *VU {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.vus[id]
	if v == nil {
		v = &VU{shards: map[string]*Shard{}}
		c.vus[id] = v
	}
	return v
}

func (c *collector) scenario(name string) *scenario {
	s := c.scenarios[name]
	if s == nil {
		s = &scenario{}
		c.scenarios[name] = s
	}
	return s
}

// size gives the number of scenarios: no more snapshot lines are written at once.
func (c *collector) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.scenarios)
}

// iterations counts what a sample of k6 says.
func (c *collector) iterations(name string, done, dropped uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.scenario(name)
	s.interval.active = true
	s.interval.iterations += done
	s.interval.dropped += dropped
}

// iterated takes the time of an iteration.
func (c *collector) iterated(name string, from, to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.scenario(name)
	if s.from.IsZero() || from.Before(s.from) {
		s.from = from
	}
	if to.After(s.to) {
		s.to = to
	}
}

func (c *collector) setRunning(vus int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = vus
}

// collect takes over what the VUs recorded. Histograms other than that of message_duration are needed for snapshots
// only, and are left with the VUs (whole false) until then.
func (c *collector) collect(whole bool) {
	for _, s := range c.scenarios {
		s.vus = 0
	}
	for _, v := range c.vus {
		c.collectVU(v, whole)
	}
	for _, s := range c.scenarios {
		if !s.interval.active && s.durations.Count() == 0 {
			continue
		}
		s.changed = true
		s.total.add(&s.interval)
		s.phase(MessageDuration).Merge(&s.durations)
	}
}

func (c *collector) collectVU(v *VU, whole bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.current != nil {
		c.scenario(v.current.scenario).vus++
	}
	for name, shard := range v.shards {
		s := c.scenario(name)
		s.interval.add(&shard.counts)
		used := shard.counts.active
		shard.counts.reset()
		for p, h := range shard.phases {
			if h == nil || h.Count() == 0 {
				continue
			}
			used = true
			switch {
			case Phase(p) == MessageDuration:
				s.durations.Merge(h)
			case whole:
				s.phase(Phase(p)).Merge(h)
				s.changed = true
			default:
				continue
			}
			h.Reset()
		}
		shard.idle = shard.idle && !used
		if !whole {
			continue
		}
		// A VU that went on to another step of the test does not keep the memory of the last.
		if shard.idle && shard != v.current {
			delete(v.shards, name)
		}
		shard.idle = true
	}
}

func (s *scenario) phase(p Phase) *histogram.Histogram {
	if s.phases[p] == nil {
		s.phases[p] = &histogram.Histogram{}
	}
	return s.phases[p]
}
