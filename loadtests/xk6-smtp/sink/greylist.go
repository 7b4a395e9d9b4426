package sink

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// maxTriplets bounds each of the two generations that are remembered.
const maxTriplets = 1 << 19

// greylist remembers when it saw a triplet first. It keeps hashes, and of too many triplets the newer half.
type greylist struct {
	delay                     time.Duration
	client, sender, recipient bool
	seed                      maphash.Seed
	mu                        sync.Mutex
	young, old                map[uint64]int64
}

func newGreylist(g *Greylist) *greylist {
	has := func(part KeyPart) bool { return len(g.Key) == 0 || slices.Contains(g.Key, part) }
	return &greylist{
		delay: time.Duration(g.Delay), client: has(keyClient), sender: has(keySender), recipient: has(keyRecipient),
		seed: maphash.MakeSeed(), young: map[uint64]int64{},
	}
}

// admits tells whether the triplet was first seen at least the delay ago.
func (g *greylist) admits(client netip.Addr, sender, recipient []byte, now time.Time) bool {
	key := g.key(client, sender, recipient)
	at := now.UnixNano()
	g.mu.Lock()
	defer g.mu.Unlock()
	first, known := g.young[key]
	if !known {
		first, known = g.old[key]
	}
	if known {
		return at-first >= int64(g.delay)
	}
	if len(g.young) == maxTriplets {
		g.old, g.young = g.young, map[uint64]int64{}
	}
	g.young[key] = at
	return false
}

func (g *greylist) key(client netip.Addr, sender, recipient []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(g.seed)
	if g.client {
		bits := 24
		if client.Is6() {
			bits = 64
		}
		if prefix, err := client.Prefix(bits); err == nil {
			network := prefix.Addr().As16()
			_, _ = h.Write(network[:])
		}
	}
	for _, part := range []struct {
		use  bool
		text []byte
	}{{g.sender, sender}, {g.recipient, recipient}} {
		if part.use {
			for _, b := range part.text {
				_ = h.WriteByte(lower(b))
			}
		}
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}
