package record

import (
	"sync"
	"sync/atomic"
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

// collector holds the recorders of all VUs, and what was collected from them.
type collector struct {
	mu  sync.Mutex
	vus map[uint64]*VU
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
