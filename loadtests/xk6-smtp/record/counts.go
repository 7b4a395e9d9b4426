package record

import (
	"strconv"
	"strings"
)

// counts are the additive figures of a scenario.
type counts struct {
	// active: anything at all was counted.
	active          bool
	iterations      uint64
	dropped         uint64
	messages        [numOutcomes]uint64
	recipients      [numOutcomes]uint64
	octets          uint64
	opened, failed  uint64
	full, resumed   uint64
	replies, errors tally
	// tls is what the last handshake agreed on.
	tls string
}

// add adds what o holds.
func (c *counts) add(o *counts) {
	c.active = c.active || o.active
	c.iterations += o.iterations
	c.dropped += o.dropped
	for i := range c.messages {
		c.messages[i] += o.messages[i]
		c.recipients[i] += o.recipients[i]
	}
	c.octets += o.octets
	c.opened += o.opened
	c.failed += o.failed
	c.full += o.full
	c.resumed += o.resumed
	c.replies.merge(&o.replies)
	c.errors.merge(&o.errors)
	if o.tls != "" {
		c.tls = o.tls
	}
}

// reset empties c and keeps its memory.
func (c *counts) reset() {
	replies, errors := c.replies[:0], c.errors[:0]
	*c = counts{replies: replies, errors: errors}
}

// replyKey is what replies are counted by; an error stands in enhanced, with code 0.
type replyKey struct {
	phase    string
	code     int
	enhanced string
}

func (k replyKey) String() string {
	if k.code == 0 {
		return k.phase + " " + k.enhanced
	}
	if k.enhanced == "" {
		return k.phase + " " + strconv.Itoa(k.code)
	}
	return k.phase + " " + strconv.Itoa(k.code) + " " + k.enhanced
}

const (
	// maxKeys bounds what a server can make us remember by inventing replies.
	maxKeys = 256
	// maxKeyText bounds one part of a key: "5.999.999" is the longest enhanced status code (RFC 3463 section 2).
	maxKeyText = 40
)

type tallied struct {
	key replyKey
	n   uint64
}

// tally counts by key. A run sees a handful of keys, for which a walk over a slice is quicker than hashing.
type tally []tallied

func (t *tally) add(k replyKey, n uint64) {
	for i := range *t {
		if e := &(*t)[i]; e.key.code == k.code && e.key.phase == k.phase && e.key.enhanced == k.enhanced {
			e.n += n
			return
		}
	}
	if len(*t) >= maxKeys-1 || len(k.phase) > maxKeyText || len(k.enhanced) > maxKeyText {
		t.addOther(n)
		return
	}
	// The caller's text may be a part of a large buffer, which must not be kept alive.
	k.phase, k.enhanced = strings.Clone(k.phase), strings.Clone(k.enhanced)
	*t = append(*t, tallied{k, n})
}

func (t *tally) addOther(n uint64) {
	key := replyKey{phase: other}
	for i := range *t {
		if (*t)[i].key == key {
			(*t)[i].n += n
			return
		}
	}
	*t = append(*t, tallied{key, n})
}

func (t *tally) merge(o *tally) {
	for i := range *o {
		if e := &(*o)[i]; e.key.phase == other {
			t.addOther(e.n)
		} else {
			t.add(e.key, e.n)
		}
	}
}
