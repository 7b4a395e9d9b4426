package sink

import "slices"

// maxGaps bounds what is remembered of one VU's missing messages; of more, the oldest are counted and forgotten.
const maxGaps = 1024

// Gap is a row of counters, both ends included, of which no message has arrived.
type Gap struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

type arrival uint8

const (
	inOrder arrival = iota
	outOfOrder
	duplicate
)

// sequence is what has arrived of one VU's messages 1, 2, 3 …: the largest counter, and the gaps below it. A VU whose
// messages arrive in order takes no more memory after a day than after a second.
type sequence struct {
	max   uint64
	zero  bool // message 0 was seen: of a sender that counts from there
	gaps  []Gap
	given uint64 // missing counters whose gaps were forgotten
}

func (s *sequence) arrive(n uint64) arrival {
	switch {
	case n == 0:
		if s.zero {
			return duplicate
		}
		s.zero = true
		return inOrder
	case n == s.max+1:
		s.max = n
		return inOrder
	case n > s.max:
		s.open(Gap{s.max + 1, n - 1})
		s.max = n
		return inOrder
	}
	i, found := slices.BinarySearchFunc(s.gaps, n, func(g Gap, n uint64) int {
		switch {
		case g.To < n:
			return -1
		case g.From > n:
			return 1
		default:
			return 0
		}
	})
	if !found {
		return duplicate
	}
	s.close(i, n)
	return outOfOrder
}

func (s *sequence) open(g Gap) {
	if len(s.gaps) == maxGaps {
		s.forget()
	}
	s.gaps = append(s.gaps, g)
}

// forget gives up the oldest gap: its counters stay missing.
func (s *sequence) forget() {
	s.given += s.gaps[0].To - s.gaps[0].From + 1
	s.gaps = slices.Delete(s.gaps, 0, 1)
}

// close takes n out of gap i, which may vanish, shrink or split.
func (s *sequence) close(i int, n uint64) {
	g := s.gaps[i]
	switch {
	case g.From == g.To:
		s.gaps = slices.Delete(s.gaps, i, i+1)
	case n == g.From:
		s.gaps[i].From++
	case n == g.To:
		s.gaps[i].To--
	default:
		s.gaps[i].To = n - 1
		s.gaps = slices.Insert(s.gaps, i+1, Gap{n + 1, g.To})
		if len(s.gaps) > maxGaps {
			s.forget()
		}
	}
}

func (s *sequence) missing() uint64 {
	n := s.given
	for _, g := range s.gaps {
		n += g.To - g.From + 1
	}
	return n
}
