package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

var quick = pace{early: time.Millisecond, late: time.Millisecond, earlySnap: 5 * time.Millisecond, snap: 5 * time.Millisecond, until: time.Hour}

// byHand leaves the ticks to the test: the output's own would come in between.
var byHand = pace{early: time.Hour, late: time.Hour, until: time.Hour}

type bench struct {
	*Output

	builtin *metrics.BuiltinMetrics
	tags    *metrics.TagSet
	log     *logtest.Hook
	aborts  *[]error
}

// Outputs share the process-wide recorder, so these tests do not run at the same time.
func start(t *testing.T, path string, p pace) bench {
	t.Helper()
	logger, hook := logtest.NewNullLogger()
	o, err := newOutput(output.Params{ConfigArgument: path, Logger: logger}, p)
	require.NoError(t, err)
	registry := metrics.NewRegistry()
	builtin := metrics.RegisterBuiltinMetrics(registry)
	o.SetBuiltinMetrics(builtin)
	o.SetThresholds(map[string]metrics.Thresholds{
		"checks": {Thresholds: []*metrics.Threshold{{Source: "rate>0.9", LastFailed: true}, {Source: "rate>0.5"}}},
	})
	aborts := &[]error{}
	o.SetTestRunStopCallback(func(err error) { *aborts = append(*aborts, err) })
	require.NoError(t, o.Start())
	return bench{Output: o, builtin: builtin, tags: registry.RootTagSet().With("scenario", "default"), log: hook, aborts: aborts}
}

func (b bench) count(metric *metrics.Metric, value float64) {
	b.AddMetricSamples([]metrics.SampleContainer{metrics.Samples{{
		TimeSeries: metrics.TimeSeries{Metric: metric, Tags: b.tags}, Time: time.Now(), Value: value,
	}}})
}

// pipe gives a pipe and the path of its other end, which the output closes.
func pipe(t *testing.T) (*os.File, string) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	fd, err := syscall.Dup(int(w.Fd()))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return r, "/dev/fd/" + strconv.Itoa(fd)
}

func read(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var lines []map[string]any
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line map[string]any
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &line), scanner.Text())
		lines = append(lines, line)
	}
	return lines
}

func ofType(lines []map[string]any, name string) []map[string]any {
	var found []map[string]any
	for _, line := range lines {
		if line["type"] == name {
			found = append(found, line)
		}
	}
	return found
}

func TestRecordOfARun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.ndjson")
	b := start(t, path, quick)
	require.True(t, Enabled())
	b.count(b.builtin.VUs, 7)
	for range 50 {
		s := ForVU(3).Begin("default")
		s.Phase(MessageDuration, 2*time.Millisecond)
		s.Message(Deferred, 0)
		s.Reply("rcpt", 451, "4.7.1")
		s.Handshake(false, "TLSv1.3 X25519")
		s.End()
		b.count(b.builtin.Iterations, 1)
		b.count(b.builtin.DroppedIterations, 2)
	}
	setup := ForVU(0).Begin("")
	setup.Message(Accepted, 1)
	setup.End()
	require.NoError(t, b.StopWithTestError(nil))
	assert.False(t, Enabled())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := read(t, text)
	assert.Equal(t, "start", lines[0]["type"])
	assert.InDelta(t, 1, lines[0]["version"], 0)
	assert.Equal(t, map[string]any{"checks": []any{"rate>0.9", "rate>0.5"}}, lines[0]["thresholds"])

	sums := map[string]float64{}
	for _, line := range ofType(lines, "interval") {
		scenarios := line["scenarios"].(map[string]any)
		assert.NotContains(t, scenarios, "", "what setup does is no part of a scenario")
		if s, ok := scenarios["default"].(map[string]any); ok {
			for _, name := range []string{"iterations", "dropped"} {
				n, _ := s[name].(float64)
				sums[name] += n
			}
		}
	}
	assert.Equal(t, map[string]float64{"iterations": 50, "dropped": 100}, sums)
	snapshots := ofType(lines, "snapshot")
	last := snapshots[len(snapshots)-1]["scenarios"].(map[string]any)["default"].(map[string]any)
	assert.Equal(t, map[string]any{"deferred": 50.0}, last["messages"])
	assert.Equal(t, map[string]any{"rcpt 451 4.7.1": 50.0}, last["replies"])
	assert.Equal(t, map[string]any{"full": 50.0}, last["handshakes"])
	end := lines[len(lines)-1]
	assert.Equal(t, "end", end["type"])
	assert.Equal(t, false, end["aborted"])
	assert.Equal(t, []any{
		map[string]any{"metric": "checks", "expression": "rate>0.9", "ok": false},
		map[string]any{"metric": "checks", "expression": "rate>0.5", "ok": true},
	}, end["thresholds"])
}

func TestWhyARunEnded(t *testing.T) {
	for name, row := range map[string]struct {
		err     error
		aborted bool
		reason  any
	}{
		"Ctrl-C":               {errext.WithAbortReasonIfNone(errors.New("x"), errext.AbortedByUser), true, "user"},
		"abortOnFail":          {errext.WithAbortReasonIfNone(errors.New("x"), errext.AbortedByThreshold), true, "threshold"},
		"failed at the end":    {errext.WithAbortReasonIfNone(errors.New("x"), errext.AbortedByThresholdsAfterTestEnd), false, "thresholds"},
		"anything else":        {errors.New("x"), true, "error"},
		"nothing":              {nil, false, nil},
		"longer than a screen": {errors.New(string(bytes.Repeat([]byte("é"), 5000))), true, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run.ndjson")
			require.NoError(t, start(t, path, defaultPace).StopWithTestError(row.err))
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Less(t, len(text), 3000)
			lines := read(t, text)
			end := lines[len(lines)-1]
			assert.Equal(t, row.aborted, end["aborted"])
			assert.Equal(t, row.reason, end["reason"])
		})
	}
}

func TestAFullDiskIsToldOnceAndTheTestGoesOn(t *testing.T) {
	b := start(t, "/dev/full", byHand)
	for range 5 {
		b.collector.iterations("default", 1, 0)
		b.tick()
	}
	require.NoError(t, b.Stop())
	assert.Len(t, b.log.AllEntries(), 1)
	assert.Equal(t, logrus.ErrorLevel, b.log.LastEntry().Level)
}

func TestAReaderThatIsGoneEndsTheTest(t *testing.T) {
	r, path := pipe(t)
	b := start(t, path, byHand)
	require.NoError(t, r.Close())
	for range 5 {
		b.tick()
	}
	require.NoError(t, b.Stop())
	require.Len(t, *b.aborts, 1)
	require.ErrorIs(t, (*b.aborts)[0], syscall.EPIPE)
}

// The reader sleeps until the test is over; then it finds every message and the end.
func TestASlowReaderLosesNothing(t *testing.T) {
	r, path := pipe(t)
	b := start(t, path, byHand)
	const ticks = 2000
	for i := range ticks {
		s := ForVU(1).Begin("default")
		s.Message(Accepted, 1)
		s.Reply("accepting", 250, "2.0."+strconv.Itoa(i%200))
		s.End()
		b.tick()
	}
	assert.Positive(t, b.late, "the pipe and the queue are too large for this test")
	var text bytes.Buffer
	done := make(chan error)
	go func() { _, err := text.ReadFrom(r); done <- err }()
	require.NoError(t, b.Stop())
	require.NoError(t, <-done)
	lines := read(t, text.Bytes())
	var messages float64
	for _, line := range ofType(lines, "interval") {
		if s, ok := line["scenarios"].(map[string]any)["default"].(map[string]any); ok {
			messages += s["messages"].(map[string]any)["accepted"].(float64)
		}
	}
	assert.InDelta(t, ticks, messages, 0)
	assert.Equal(t, "end", lines[len(lines)-1]["type"])
	assert.InDelta(t, b.late, lines[len(lines)-1]["late"], 0)
}

func TestBadFiles(t *testing.T) {
	logger, _ := logtest.NewNullLogger()
	_, err := newOutput(output.Params{Logger: logger}, quick)
	require.ErrorContains(t, err, "--out smtp-record=FILE")
	for path, want := range map[string]string{
		filepath.Join(t.TempDir(), "no", "such"): "no such file",
		"/dev/fd/x":                              "is no descriptor",
		"/dev/fd/60000":                          "is not open",
	} {
		o, err := newOutput(output.Params{ConfigArgument: path, Logger: logger}, quick)
		require.NoError(t, err)
		require.ErrorContains(t, o.Start(), want)
		assert.False(t, Enabled())
	}
}

func TestOneRecordAtATime(t *testing.T) {
	b := start(t, filepath.Join(t.TempDir(), "a"), quick)
	logger, _ := logtest.NewNullLogger()
	second, err := newOutput(output.Params{ConfigArgument: filepath.Join(t.TempDir(), "b"), Logger: logger}, quick)
	require.NoError(t, err)
	require.ErrorContains(t, second.Start(), "only once")
	require.NoError(t, b.Stop())
}
