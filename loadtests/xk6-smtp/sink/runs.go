package sink

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mailgauge/xk6-smtp/record/histogram"
)

const (
	maxRuns   = 16
	maxVUs    = 1 << 16 // of one run; messages of others are counted, but not followed
	runParts  = 16
	maxListed = 1000 // gaps and VUs in a report
	// maxPartGaps bounds the gaps of a part together: 16 MB a run.
	maxPartGaps = 1 << 16
)

// runs holds what arrived of the last maxRuns load tests.
type runs struct {
	mu      sync.Mutex
	byID    map[[runWidth]byte]*run
	retired histogram.Histogram // delays of the runs no longer held
}

// run is one load test. Its VUs are spread over parts so that connections seldom wait for each other.
type run struct {
	gone  atomic.Bool  // no longer held: look it up again
	last  atomic.Int64 // Unix time of the last arrival, µs
	parts [runParts]runPart
}

type runPart struct {
	mu         sync.Mutex
	vus        map[uint64]*sequence
	arrived    uint64
	duplicates uint64
	outOfOrder uint64
	untracked  uint64
	gaps       int // of all VUs
	transit    histogram.Histogram
}

// RunReport is what arrived of one load test, by the tokens in its messages.
type RunReport struct {
	// Messages with distinct tokens.
	Arrived uint64 `json:"arrived"`
	// Further arrivals of a token that had arrived.
	Duplicates uint64 `json:"duplicates"`
	// Messages that arrived after a later one of the same VU.
	OutOfOrder uint64 `json:"out_of_order"`
	// Counters below the largest seen of their VU that have not arrived; of how many, and the first 1,000 rows of them.
	MissingCount uint64       `json:"missing_count"`
	Missing      []MissingRow `json:"missing"`
	// Messages of VUs beyond the 65,536 that are followed in one run.
	Untracked uint64 `json:"untracked"`
	// The largest counter of each VU (the first 1,000 VUs).
	VUs     map[string]uint64 `json:"vus"`
	Transit Transit           `json:"transit"`
}

// MissingRow is a gap in the messages of one VU.
type MissingRow struct {
	VU uint64 `json:"vu"`
	Gap
}

// Transit is the time from the sending of messages to their arrival, in ms, and as histogram in ns.
type Transit struct {
	Count     uint64               `json:"count"`
	P50       float64              `json:"p50"`
	P95       float64              `json:"p95"`
	P99       float64              `json:"p99"`
	Max       float64              `json:"max"`
	Histogram *histogram.Histogram `json:"histogram"`
}

func newRuns() *runs { return &runs{byID: map[[runWidth]byte]*run{}} }

// find gives the run of this id, new if it has to be; the run longest without an arrival makes room.
func (r *runs) find(id [runWidth]byte) *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := r.byID[id]
	if found == nil {
		if len(r.byID) == maxRuns {
			r.evict()
		}
		found = &run{}
		found.last.Store(time.Now().UnixMicro())
		r.byID[id] = found
	}
	return found
}

func (r *runs) evict() {
	var oldest [runWidth]byte
	var last int64
	for id, candidate := range r.byID {
		if t := candidate.last.Load(); last == 0 || t < last {
			oldest, last = id, t
		}
	}
	gone := r.byID[oldest]
	gone.gone.Store(true)
	gone.addTransit(&r.retired)
	delete(r.byID, oldest)
}

// arrive counts a message that was accepted.
func (r *run) arrive(t token, now time.Time) {
	part := &r.parts[t.vu%runParts]
	r.last.Store(now.UnixMicro())
	part.mu.Lock()
	defer part.mu.Unlock()
	part.transit.Add(t.delay(now))
	s := part.vus[t.vu]
	if s == nil {
		if part.vus == nil {
			part.vus = map[uint64]*sequence{}
		}
		if len(part.vus) == maxVUs/runParts {
			part.untracked++
			return
		}
		s = &sequence{}
		part.vus[t.vu] = s
	}
	before := len(s.gaps)
	came := s.arrive(t.n)
	if part.gaps += len(s.gaps) - before; part.gaps > maxPartGaps {
		s.forget()
		part.gaps--
	}
	switch came {
	case duplicate:
		part.duplicates++
		return
	case outOfOrder:
		part.outOfOrder++
	case inOrder:
	}
	part.arrived++
}

func (r *run) addTransit(to *histogram.Histogram) {
	for i := range r.parts {
		part := &r.parts[i]
		part.mu.Lock()
		to.Merge(&part.transit)
		part.mu.Unlock()
	}
}

// transit gives the delays of all messages with a token since the last reset.
func (r *runs) transit() *histogram.Histogram {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := &histogram.Histogram{}
	all.Merge(&r.retired)
	for _, held := range r.byID {
		held.addTransit(all)
	}
	return all
}

func (r *runs) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, held := range r.byID {
		held.gone.Store(true)
	}
	clear(r.byID)
	r.retired.Reset()
}

// report gives what arrived of a run, or false when it is none of the last maxRuns.
func (r *runs) report(id string) (RunReport, bool) {
	if len(id) != runWidth {
		return RunReport{}, false
	}
	r.mu.Lock()
	held := r.byID[[runWidth]byte([]byte(id))]
	r.mu.Unlock()
	if held == nil {
		return RunReport{}, false
	}
	report := RunReport{Missing: []MissingRow{}, VUs: map[string]uint64{}}
	all := &histogram.Histogram{}
	for i := range held.parts {
		held.parts[i].addTo(&report, all)
	}
	slices.SortFunc(report.Missing, func(a, b MissingRow) int {
		return cmp.Or(cmp.Compare(a.VU, b.VU), cmp.Compare(a.From, b.From))
	})
	report.Missing = report.Missing[:min(len(report.Missing), maxListed)]
	report.Transit = Transit{
		Count: all.Count(), P50: milliseconds(all.Quantile(0.5)), P95: milliseconds(all.Quantile(0.95)),
		P99: milliseconds(all.Quantile(0.99)), Max: milliseconds(all.Max()), Histogram: all,
	}
	return report, true
}

func (p *runPart) addTo(report *RunReport, all *histogram.Histogram) {
	p.mu.Lock()
	defer p.mu.Unlock()
	report.Arrived += p.arrived
	report.Duplicates += p.duplicates
	report.OutOfOrder += p.outOfOrder
	report.Untracked += p.untracked
	all.Merge(&p.transit)
	listed := 0
	for vu, s := range p.vus {
		report.MissingCount += s.missing()
		if len(report.VUs) < maxListed {
			report.VUs[strconv.FormatUint(vu, 10)] = s.max
		}
		for _, g := range s.gaps {
			if listed < maxListed {
				report.Missing = append(report.Missing, MissingRow{vu, g})
				listed++
			}
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
