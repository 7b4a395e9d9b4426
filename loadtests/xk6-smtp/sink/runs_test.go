package sink

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailgauge/xk6-smtp/record/histogram"
)

func TestToken(t *testing.T) {
	sent := time.UnixMicro(1_795_000_000_123_456)
	parsed, ok := parseToken([]byte(" " + tokenOf("run00001", 37, 1295, sent) + "\r"))
	require.True(t, ok)
	require.Equal(t, token{run: [8]byte([]byte("run00001")), vu: 37, n: 1295, sent: sent.UnixMicro()}, parsed)
	require.Equal(t, time.Second, parsed.delay(sent.Add(time.Second)))
	require.Zero(t, parsed.delay(sent.Add(-time.Hour)), "a clock that is behind")
	good := tokenOf("run00001", 1, 1, sent)
	for _, bad := range []string{"", good[1:], good + "0", "RUN00001" + good[8:], "run00001_" + good[9:], good[:20] + "!" + good[21:]} {
		_, ok := parseToken([]byte(bad))
		require.False(t, ok, bad)
	}
}

// The token is found wherever pieces are cut.
func TestHeaderScan(t *testing.T) {
	field := tokenHeader + " " + tokenOf("run00001", 1, 2, time.Now()) + "\r\n"
	for name, c := range map[string]struct {
		text  string
		found bool
	}{
		"first":             {field + "\r\n", true},
		"after others":      {"Subject: x\r\nX-Mailer: y\r\n folded\r\n" + field + "\r\n", true},
		"other case":        {"x-mailgauge-TOKEN:" + field[len(tokenHeader):], true},
		"bare line feeds":   {"a: b\n" + field, true},
		"after a long line": {"a: " + string(make([]byte, 5000)) + "\r\n" + field, true},
		"in the body":       {"a: b\r\n\r\n" + field, false},
		"too far":           {"a: " + string(make([]byte, maxHeader)) + "\r\n" + field, false},
		"malformed":         {tokenHeader + " x\r\n\r\n", false},
	} {
		for piece := 1; piece < len(c.text)+1; piece += 1 + len(c.text)/97 {
			var scan headerScan
			for at := 0; at < len(c.text); at += piece {
				scan.feed([]byte(c.text[at:min(at+piece, len(c.text))]))
			}
			require.Equal(t, c.found, scan.found, "%s in pieces of %d", name, piece)
		}
	}
}

// A sequence agrees with a set that keeps every counter.
func TestSequenceAgreesWithASet(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var s sequence
		seen := map[uint64]bool{}
		var largest uint64
		for range 300 {
			n := random.Uint64N(200)
			known, late := seen[n], n < largest && n != 0
			seen[n] = true
			largest = max(largest, n)
			switch got := s.arrive(n); {
			case known:
				require.Equal(t, duplicate, got)
			case late:
				require.Equal(t, outOfOrder, got)
			default:
				require.Equal(t, inOrder, got)
			}
			var missing uint64
			for i := uint64(1); i <= largest; i++ {
				if !seen[i] {
					missing++
				}
			}
			require.Equal(t, missing, s.missing())
		}
	}
}

func TestSequenceIsBounded(t *testing.T) {
	var s sequence
	for n := uint64(2); n <= 20*maxGaps; n += 2 {
		s.arrive(n)
	}
	require.Len(t, s.gaps, maxGaps)
	require.EqualValues(t, 10*maxGaps, s.missing())
	s.arrive(1 << 40)
	require.Greater(t, s.missing(), uint64(1<<39))
}

func TestRunReport(t *testing.T) {
	server := start(t, Config{})
	first, second := greet(t, server), greet(t, server)
	sent := time.Now().Add(-time.Second)
	deliver := func(c *client, vu uint64, counters ...uint64) {
		for _, n := range counters {
			require.Contains(t, c.deliver("Subject: x\r\nX-Mailgauge-Token: "+tokenOf("report00", vu, n, sent)+"\r\n\r\nx"), "250")
		}
	}
	deliver(first, 1, 1, 2, 5, 4, 4, 9)
	deliver(second, 2, 1, 1, 3)
	first.deliver("Subject: no token\r\n\r\nx")
	report, ok := server.Run("report00")
	require.True(t, ok)
	require.Equal(t, map[string]uint64{"1": 9, "2": 3}, report.VUs)
	require.EqualValues(t, 7, report.Arrived)
	require.EqualValues(t, 2, report.Duplicates)
	require.EqualValues(t, 1, report.OutOfOrder)
	require.EqualValues(t, 5, report.MissingCount)
	require.Equal(t, []MissingRow{{1, Gap{3, 3}}, {1, Gap{6, 8}}, {2, Gap{2, 2}}}, report.Missing)
	require.EqualValues(t, 9, report.Transit.Count)
	require.GreaterOrEqual(t, report.Transit.P50, 980.0)
	require.GreaterOrEqual(t, report.Transit.Max, report.Transit.P99)
}

func TestRunsAreBounded(t *testing.T) {
	all := newRuns()
	id := func(i int) [runWidth]byte { return [runWidth]byte([]byte(fmt.Sprintf("run%05d", i))) }
	oldest := all.find(id(0))
	for i := range 5 * maxRuns {
		run := all.find(id(i))
		run.last.Store(int64(i + 1))
		run.arrive(token{run: id(i), vu: 1, n: 1}, time.UnixMicro(int64(i+1)))
	}
	require.Len(t, all.byID, maxRuns)
	require.True(t, oldest.gone.Load())
	require.EqualValues(t, 5*maxRuns, all.transit().Count(), "the delays of runs that are gone still count")
	_, ok := all.report("run00000")
	require.False(t, ok)

	run := &run{}
	now := time.Now()
	for vu := range uint64(maxVUs + 100) {
		run.arrive(token{vu: vu, n: 1}, now)
	}
	var report RunReport
	report.VUs = map[string]uint64{}
	for i := range run.parts {
		run.parts[i].addTo(&report, &histogram.Histogram{})
	}
	require.EqualValues(t, 100, report.Untracked)
	require.EqualValues(t, maxVUs, report.Arrived)
	require.Len(t, report.VUs, maxListed)
}
