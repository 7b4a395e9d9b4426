package record

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

// Version of the module.
const Version = "0.1.0"

// patience with a reader that does not take the end of the record.
const patience = 10 * time.Second

func init() { //nolint:gochecknoinits // how extensions of k6 announce themselves
	output.RegisterExtension("smtp-record", func(params output.Params) (output.Output, error) {
		return newOutput(params, defaultPace)
	})
}

// Output is the k6 output smtp-record.
type Output struct {
	path       string
	options    lib.Options
	planned    map[string]time.Duration
	judged     bool
	logger     logrus.FieldLogger
	pace       pace
	abort      func(error)
	builtin    *metrics.BuiltinMetrics
	thresholds map[string]metrics.Thresholds

	collector *collector
	writer    *writer
	clock     *clock
	late      int
	stop      chan struct{}
	stopped   chan struct{}
}

var (
	_ output.WithThresholds        = (*Output)(nil)
	_ output.WithBuiltinMetrics    = (*Output)(nil)
	_ output.WithTestRunStop       = (*Output)(nil)
	_ output.WithStopWithTestError = (*Output)(nil)
)

func newOutput(params output.Params, p pace) (*Output, error) {
	if params.ConfigArgument == "" {
		return nil, errors.New("smtp-record needs a file: --out smtp-record=FILE")
	}
	return &Output{
		path:      params.ConfigArgument,
		options:   params.ScriptOptions,
		planned:   plan(params.ScriptOptions),
		judged:    !params.RuntimeOptions.NoThresholds.Bool,
		logger:    params.Logger.WithField("output", "smtp-record"),
		pace:      p,
		collector: newCollector(),
		stop:      make(chan struct{}),
		stopped:   make(chan struct{}),
	}, nil
}

// Description is what k6 shows.
func (o *Output) Description() string { return "smtp-record (" + o.path + ")" }

// SetThresholds is called before Start. The thresholds are k6's own, so that their results are seen in Stop; with
// --no-thresholds they have none, and are not in the record.
func (o *Output) SetThresholds(thresholds map[string]metrics.Thresholds) {
	if o.judged {
		o.thresholds = thresholds
	}
}

// SetTestRunStopCallback is called before Start.
func (o *Output) SetTestRunStopCallback(abort func(error)) { o.abort = abort }

// SetBuiltinMetrics is called before Start.
func (o *Output) SetBuiltinMetrics(builtin *metrics.BuiltinMetrics) { o.builtin = builtin }

// Start opens the file, and from here on VUs record.
func (o *Output) Start() error {
	if !active.CompareAndSwap(nil, o.collector) {
		return errors.New("smtp-record can be given only once")
	}
	file, err := openRecord(o.path)
	if err != nil {
		active.Store(nil)
		return err
	}
	o.writer = newWriter(file, o.unwritable)
	o.clock = startClock()
	o.writer.put(encode(o.startLine()))
	go o.run()
	return nil
}

// unwritable tells of the first error of writing. A full disk does not end a test. A reader that is gone does: it was
// what watched the relay and would have stopped the load.
func (o *Output) unwritable(err error) {
	if !errors.Is(err, syscall.EPIPE) {
		o.logger.WithError(err).Error("The record cannot be written any further; the test goes on")
		return
	}
	o.abort(fmt.Errorf("the program that reads the record is gone: %w", err))
}

// AddMetricSamples takes from k6's samples what the module cannot know. SMTP samples are left alone: the same figures
// come from the VUs.
func (o *Output) AddMetricSamples(containers []metrics.SampleContainer) {
	for _, container := range containers {
		for _, sample := range container.GetSamples() {
			switch sample.Metric {
			case o.builtin.VUs:
				o.collector.setRunning(int(sample.Value))
			case o.builtin.Iterations:
				o.collector.iterations(scenarioOf(sample), uint64(sample.Value), 0)
			case o.builtin.IterationDuration:
				took := time.Duration(sample.Value * float64(time.Millisecond))
				o.collector.iterated(scenarioOf(sample), sample.Time.Add(-took), sample.Time)
			case o.builtin.DroppedIterations:
				o.collector.iterations(scenarioOf(sample), 0, uint64(sample.Value))
			}
		}
	}
}

func scenarioOf(sample metrics.Sample) string {
	if name, ok := sample.Tags.Get("scenario"); ok {
		return name
	}
	return lib.DefaultScenarioName
}

// Stop ends the record of a test without an error.
func (o *Output) Stop() error { return o.StopWithTestError(nil) }

// StopWithTestError ends the record. k6 has judged the thresholds for the last time by now.
func (o *Output) StopWithTestError(testErr error) error {
	close(o.stop)
	<-o.stopped
	at, lines := o.takeInterval(true)
	end := o.endLine(at, testErr)
	active.CompareAndSwap(o.collector, nil)
	return o.writer.finish(append(lines, encode(end)), patience)
}

func (o *Output) startLine() startLine {
	line := startLine{
		Type: "start", Version: layout, Module: Version, K6: k6Version(),
		Time:  o.clock.started.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		Cores: runtime.GOMAXPROCS(0), PID: os.Getpid(),
		Scenarios: map[string]scenarioLine{}, Thresholds: map[string][]string{}, Segment: "0:1",
	}
	for name, config := range o.options.Scenarios {
		line.Scenarios[name] = scenarioLine{Executor: config.GetType()}
	}
	for metric, thresholds := range o.thresholds {
		for _, t := range thresholds.Thresholds {
			line.Thresholds[metric] = append(line.Thresholds[metric], t.Source)
		}
	}
	if segment := o.options.ExecutionSegment; segment != nil {
		line.Segment = segment.String()
	}
	return line
}

func k6Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dep := range info.Deps {
		if dep.Path == "go.k6.io/k6/v2" {
			return dep.Version
		}
	}
	return ""
}

func (o *Output) endLine(at float64, testErr error) endLine {
	line := endLine{Type: "end", At: at, Thresholds: []thresholdLine{}, Late: o.late}
	for _, metric := range slices.Sorted(maps.Keys(o.thresholds)) {
		for _, t := range o.thresholds[metric].Thresholds {
			line.Thresholds = append(line.Thresholds, thresholdLine{Metric: metric, Expression: t.Source, OK: !t.LastFailed})
		}
	}
	if testErr == nil {
		return line
	}
	line.Error = bounded(testErr.Error())
	line.Aborted, line.Reason = true, "error"
	var reason errext.HasAbortReason
	if errors.As(testErr, &reason) {
		line.Reason = reasons[reason.AbortReason()]
		line.Aborted = reason.AbortReason() != errext.AbortedByThresholdsAfterTestEnd
	}
	return line
}

var reasons = map[errext.AbortReason]string{
	errext.AbortedByUser:                   "user",
	errext.AbortedByThreshold:              "threshold",
	errext.AbortedByThresholdsAfterTestEnd: "thresholds",
	errext.AbortedByScriptError:            "script error",
	errext.AbortedByScriptAbort:            "script",
	errext.AbortedByTimeout:                "timeout",
	errext.AbortedByOutput:                 "output",
}

func bounded(text string) string {
	const most = 1000
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strings.ToValidUTF8(text, "")
}

// round keeps the record short: a tenth of a millisecond is finer than its intervals are.
func round(seconds float64) float64 { return math.Round(seconds*1e4) / 1e4 }
