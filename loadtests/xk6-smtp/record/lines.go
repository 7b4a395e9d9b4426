package record

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/mailgauge/xk6-smtp/record/histogram"
)

// The layout of the record. Readers refuse a later version.
const layout = 1

type startLine struct {
	Type       string                  `json:"type"`
	Version    int                     `json:"version"`
	Module     string                  `json:"module"`
	K6         string                  `json:"k6"`
	Time       string                  `json:"time"`
	Cores      int                     `json:"cores"`
	PID        int                     `json:"pid"`
	Scenarios  map[string]scenarioLine `json:"scenarios"`
	Thresholds map[string][]string     `json:"thresholds"`
	Segment    string                  `json:"segment"`
}

type scenarioLine struct {
	Executor string `json:"executor"`
}

// intervalLine holds what happened since the one before it. Its times are in ms, CPU in seconds of this process; Busy is
// the share of all cores of the machine that was at work, whoever used them.
type intervalLine struct {
	Type      string                      `json:"type"`
	At        float64                     `json:"at"`
	Seconds   float64                     `json:"seconds"`
	CPU       float64                     `json:"cpu"`
	Busy      *float64                    `json:"busy,omitempty"`
	TLS       string                      `json:"tls,omitempty"`
	Scenarios map[string]scenarioInterval `json:"scenarios"`
}

type scenarioInterval struct {
	countLine

	spanLine

	VUs      int           `json:"vus"`
	Duration *durationLine `json:"message_duration,omitempty"`
}

type durationLine struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

// snapshotLine holds everything since the start of one scenario; it stands behind the interval with the same `at`.
type snapshotLine struct {
	Type      string                      `json:"type"`
	At        float64                     `json:"at"`
	Scenarios map[string]scenarioSnapshot `json:"scenarios"`
}

// spanLine says when the scenario began and ended its iterations so far, in seconds since the start of the record: the
// first and the last interval are rarely full. Absent as long as no iteration came to its end.
type spanLine struct {
	From float64 `json:"from,omitempty"`
	To   float64 `json:"to,omitempty"`
}

func (s *scenario) span(started time.Time) spanLine {
	if s.from.IsZero() {
		return spanLine{}
	}
	return spanLine{From: round(s.from.Sub(started).Seconds()), To: round(s.to.Sub(started).Seconds())}
}

type scenarioSnapshot struct {
	countLine
	spanLine

	Phases map[string]*histogram.Histogram `json:"phases"`
}

type endLine struct {
	Type       string          `json:"type"`
	At         float64         `json:"at"`
	Thresholds []thresholdLine `json:"thresholds"`
	// Aborted: the test did not run as long as it was meant to. Reason says who broke it off.
	Aborted bool   `json:"aborted"`
	Reason  string `json:"reason,omitempty"`
	Error   string `json:"error"`
	// Late counts the intervals that could not be written in time and went into the next one.
	Late int `json:"late,omitempty"`
}

type thresholdLine struct {
	Metric     string `json:"metric"`
	Expression string `json:"expression"`
	OK         bool   `json:"ok"`
}

// countLine holds what can be added up. What is zero is left out.
type countLine struct {
	Iterations uint64            `json:"iterations,omitempty"`
	Dropped    uint64            `json:"dropped,omitempty"`
	Messages   map[string]uint64 `json:"messages,omitempty"`
	Recipients map[string]uint64 `json:"recipients,omitempty"`
	Octets     uint64            `json:"octets,omitempty"`
	Sessions   map[string]uint64 `json:"sessions,omitempty"`
	Handshakes map[string]uint64 `json:"handshakes,omitempty"`
	Replies    map[string]uint64 `json:"replies,omitempty"`
	Errors     map[string]uint64 `json:"errors,omitempty"`
}

func (c *counts) line() countLine {
	return countLine{
		Iterations: c.iterations,
		Dropped:    c.dropped,
		Messages:   outcomeLine(&c.messages),
		Recipients: outcomeLine(&c.recipients),
		Octets:     c.octets,
		Sessions:   pairLine("opened", c.opened, "failed", c.failed),
		Handshakes: pairLine("full", c.full, "resumed", c.resumed),
		Replies:    c.replies.line(),
		Errors:     c.errors.line(),
	}
}

func outcomeLine(of *[numOutcomes]uint64) map[string]uint64 {
	line := map[string]uint64{}
	for o, n := range of {
		if n > 0 {
			line[outcomeNames[o]] = n
		}
	}
	return line
}

func pairLine(a string, n uint64, b string, m uint64) map[string]uint64 {
	line := map[string]uint64{}
	if n > 0 {
		line[a] = n
	}
	if m > 0 {
		line[b] = m
	}
	return line
}

func (t tally) line() map[string]uint64 {
	line := make(map[string]uint64, len(t))
	for i := range t {
		line[t[i].key.String()] += t[i].n
	}
	return line
}

func durationOf(h *histogram.Histogram) *durationLine {
	if h.Count() == 0 {
		return nil
	}
	return &durationLine{
		Count: h.Count(), P50: ms(h.Quantile(0.5)), P95: ms(h.Quantile(0.95)), P99: ms(h.Quantile(0.99)), Max: ms(h.Max()),
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// intervals drains what was collected into one line's worth.
func (c *collector) intervals(started time.Time, shown func(name string, busy bool) bool) map[string]scenarioInterval {
	lines := map[string]scenarioInterval{}
	for name, s := range c.scenarios {
		busy := s.interval.active || s.durations.Count() > 0
		if name != "" && shown(name, busy) {
			lines[name] = scenarioInterval{
				countLine: s.interval.line(), spanLine: s.span(started), VUs: s.vus, Duration: durationOf(&s.durations),
			}
		}
		s.interval.reset()
		s.durations.Reset()
	}
	// k6 does not say how many VUs a scenario has; where there is one, it has them all, also those that sent nothing.
	if len(lines) == 1 {
		for name, line := range lines {
			line.VUs = max(line.VUs, c.running)
			lines[name] = line
		}
	}
	return lines
}

// snapshots gives a line for each scenario that changed since it last did.
func (c *collector) snapshots(started time.Time, at float64) []snapshotLine {
	var lines []snapshotLine
	for _, name := range slices.Sorted(maps.Keys(c.scenarios)) {
		s := c.scenarios[name]
		if name == "" || !s.changed {
			continue
		}
		s.changed = false
		phases := map[string]*histogram.Histogram{}
		for p, h := range s.phases {
			if h != nil && h.Count() > 0 {
				phases[phaseNames[p]] = h
			}
		}
		lines = append(lines, snapshotLine{
			Type: "snapshot", At: at,
			Scenarios: map[string]scenarioSnapshot{name: {countLine: s.total.line(), spanLine: s.span(started), Phases: phases}},
		})
	}
	return lines
}

// tls gives what the handshakes agreed on last, in any scenario.
func (c *collector) tls() string {
	for _, s := range c.scenarios {
		if s.total.tls != "" {
			return s.total.tls
		}
	}
	return ""
}

// encode gives one line with its end. All that is encoded are numbers and strings, so it cannot fail.
func encode(line any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)     // thresholds are full of "<"
	if encoder.Encode(line) != nil { //nolint:errchkjson // checked
		return nil
	}
	return text.Bytes()
}
