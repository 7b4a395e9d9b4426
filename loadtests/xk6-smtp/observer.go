package xk6smtp

import (
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"

	"github.com/mailgauge/xk6-smtp/record"
	"github.com/mailgauge/xk6-smtp/smtp"
)

// detail is how many of the Trends a client has; k6 keeps each of their values until the end.
type detail uint8

const (
	everyTrend   detail = iota // metrics: "full"
	durationOnly               // "lean"
	countersOnly               // "counters"
)

// observer turns what one call of a client saw into k6's samples and into the record, both from the same place, so that
// they agree. It belongs to one VU and is used on its goroutine only: begin, what was seen, push.
type observer struct {
	metrics *instruments
	detail  detail
	tags    tagSets

	recorder *record.VU // nil while nobody wants the record
	scenario string
	shard    *record.Shard
	samples  chan<- metrics.SampleContainer
	pending  []metrics.Sample // trends and rates of this call; used again, since push copies them
	counters []metrics.Sample // each of them once for a set of tags
}

// begin starts the report of a call.
func (o *observer) begin(m *module, state *lib.State) {
	o.samples = state.Samples
	o.tags.begin(state.Tags.GetCurrentValues().Tags)
	if o.recorder = m.recorder; o.recorder != nil {
		o.scenario = m.scenario()
	}
}

// push hands all samples over in one container of exactly their size: the outputs keep it. It may wait for them, so the
// time is taken before. It also goes out when the VU is being stopped: what was sent, was sent.
func (o *observer) push() {
	if len(o.pending)+len(o.counters) == 0 {
		return
	}
	all := make([]metrics.Sample, 0, len(o.pending)+len(o.counters))
	all = append(append(all, o.pending...), o.counters...)
	now := time.Now()
	for i := range all {
		all[i].Time = now
	}
	o.pending, o.counters = o.pending[:0], o.counters[:0]
	o.samples <- metrics.ConnectedSamples{Samples: all, Tags: o.tags.base, Time: now}
}

// hold opens the record of the VU until release: no I/O in between.
func (o *observer) hold() {
	if o.recorder != nil {
		o.shard = o.recorder.Begin(o.scenario)
	}
}

func (o *observer) release() {
	o.shard.End()
	o.shard = nil
}

func (o *observer) add(metric *metrics.Metric, set *metrics.TagSet, value float64) {
	o.pending = append(o.pending, metrics.Sample{
		TimeSeries: metrics.TimeSeries{Metric: metric, Tags: set}, Value: value,
	})
}

// count adds n to a counter. Only counters can be added up without loss; a call has few of them.
func (o *observer) count(metric *metrics.Metric, set *metrics.TagSet, n int) {
	series := metrics.TimeSeries{Metric: metric, Tags: set}
	for i := range o.counters {
		if o.counters[i].TimeSeries == series {
			o.counters[i].Value += float64(n)
			return
		}
	}
	o.counters = append(o.counters, metrics.Sample{TimeSeries: series, Value: float64(n)})
}

// opening reports an attempt to open a session.
func (o *observer) opening(r *smtp.Result, opened bool, tls tlsFacts) {
	o.hold()
	defer o.release()
	set := o.tags.with(labels{phase: r.Phase, code: r.Reply.Code, enhanced: r.Reply.Enhanced, tls: tls.version, err: code(r)})
	if opened {
		o.count(o.metrics.sessions, set, 1)
	}
	o.shard.Session(opened)
	o.phases(r, set)
	if tls.version != 0 {
		o.shard.Handshake(tls.resumed, tls.agreed)
	}
	o.replies(r, set, tls.version, true)
	o.failure(r, set)
}

// message reports one message to n recipients.
func (o *observer) message(r *smtp.Result, n int, tls uint16) {
	o.hold()
	defer o.release()
	set := o.tags.with(labels{
		phase: r.Phase, outcome: r.Outcome, code: r.Reply.Code, enhanced: r.Reply.Enhanced, tls: tls,
		message: true, reused: r.Reused, err: code(r),
	})
	sent[r.Outcome].Add(1)
	o.shard.Message(recordOutcomes[r.Outcome], r.Octets)
	if !brokenOffHere(r) {
		o.judge(r, set)
	}
	o.add(o.metrics.reused, set, metrics.B(r.Reused))
	o.count(o.metrics.messages, set, 1)
	o.recipients(r, n, set, tls)
	o.replies(r, set, tls, false)
	o.failure(r, set)
}

// judge reports how a message ended, and its times; not of one that was broken off, of which nobody knows either.
func (o *observer) judge(r *smtp.Result, set *metrics.TagSet) {
	o.phases(r, set)
	if r.Message >= 0 {
		o.shard.Phase(record.MessageDuration, r.Message)
		if o.detail != countersOnly {
			o.add(o.metrics.message, set, metrics.D(r.Message))
		}
	}
	o.add(o.metrics.failed, set, metrics.B(r.Outcome != smtp.Accepted))
	o.add(o.metrics.deferred, set, metrics.B(r.Outcome == smtp.Deferred))
}

// unsent reports messages that were never begun, because no connection could be had for them: opening told why.
func (o *observer) unsent(r *smtp.Result, messages, recipients int) {
	o.hold()
	defer o.release()
	set := o.tags.with(labels{
		phase: r.Phase, outcome: r.Outcome, code: r.Reply.Code, enhanced: r.Reply.Enhanced, message: true, err: code(r),
	})
	sent[r.Outcome].Add(uint64(messages))
	for range messages {
		o.shard.Message(recordOutcomes[r.Outcome], 0)
		if !brokenOffHere(r) {
			o.add(o.metrics.failed, set, 1)
			o.add(o.metrics.deferred, set, metrics.B(r.Outcome == smtp.Deferred))
		}
	}
	o.shard.Recipient(recordOutcomes[r.Outcome], messages*recipients)
	o.count(o.metrics.messages, set, messages)
	o.count(o.metrics.recipients, set, messages*recipients)
}

// step reports a single command, of which every reply counts. handshake: it was one.
func (o *observer) step(r *smtp.Result, tls tlsFacts, handshake bool) {
	o.hold()
	defer o.release()
	set := o.tags.with(labels{
		phase: r.Phase, code: r.Reply.Code, enhanced: r.Reply.Enhanced, tls: tls.version, err: code(r),
	})
	if handshake {
		o.shard.Handshake(tls.resumed, tls.agreed)
	}
	o.phases(r, set)
	o.replies(r, set, tls.version, true)
	o.failure(r, set)
}

// closed reports the end of a session.
func (o *observer) closed(lasted time.Duration) {
	o.hold()
	defer o.release()
	o.shard.Phase(record.SessionDuration, lasted)
	if o.detail == everyTrend {
		o.add(o.metrics.session, o.tags.base, metrics.D(lasted))
	}
}

func (o *observer) phases(r *smtp.Result, set *metrics.TagSet) {
	for _, phase := range timedPhases {
		if d := r.Durations[phase]; d >= 0 {
			o.shard.Phase(recordPhases[phase], d)
			if o.detail == everyTrend {
				o.add(o.metrics.phases[phase], set, metrics.D(d))
			}
		}
	}
}

// recipients counts those whose fate is that of the message with its tags, and others with their own reply's.
func (o *observer) recipients(r *smtp.Result, n int, set *metrics.TagSet, tls uint16) {
	same := max(n, len(r.Recipients))
	for i := range r.Recipients {
		one := &r.Recipients[i]
		if one.Outcome == r.Outcome || one.Outcome == smtp.NoOutcome {
			continue
		}
		same--
		o.shard.Recipient(recordOutcomes[one.Outcome], 1)
		o.count(o.metrics.recipients, o.tags.with(labels{
			phase: smtp.Rcpt, outcome: one.Outcome, code: one.Reply.Code, enhanced: one.Reply.Enhanced, tls: tls,
		}), 1)
	}
	if same > 0 {
		o.shard.Recipient(recordOutcomes[r.Outcome], same)
		o.count(o.metrics.recipients, set, same)
	}
}

// replies counts all of them, or those of a message that decide something: the ones to the message itself and refusals.
// A 250 to MAIL says nothing that the message does not say, and would cost a sample for each message.
func (o *observer) replies(r *smtp.Result, set *metrics.TagSet, tls uint16, all bool) {
	for i := range r.Replies {
		mark := &r.Replies[i]
		if !all && (mark.Phase != smtp.Accepting && mark.Code < 400 || followsRefusal(r, mark)) {
			continue
		}
		if o.shard != nil {
			o.shard.Reply(mark.Phase.String(), mark.Code, mark.Enhanced.String())
		}
		tags := set // the reply that decided has the tags of what it decided
		if mark.Phase != r.Phase || mark.Code != r.Reply.Code || mark.Enhanced != r.Reply.Enhanced {
			tags = o.tags.with(labels{phase: mark.Phase, code: mark.Code, enhanced: mark.Enhanced, tls: tls})
		}
		o.count(o.metrics.replies, tags, 1)
	}
}

// followsRefusal is true for the refusal of a RCPT or DATA that was on its way when the server refused the sender, or of
// a DATA when it refused the recipients (RFC 2920 section 3.1). It is the work of pipelining, and tells nothing new: its
// 503 would make a relay that defers look like one that rejects.
func followsRefusal(r *smtp.Result, mark *smtp.Mark) bool {
	return r.Phase == smtp.Mail && mark.Phase != smtp.Mail || r.Phase == smtp.Rcpt && mark.Phase == smtp.Data
}

// brokenOffHere is true for what the script or the end of the test broke off, also after the final dot: whatever became
// of the message, the server is not to blame.
func brokenOffHere(r *smtp.Result) bool {
	return r.Outcome == smtp.Aborted || r.Err != nil && r.Err.Code == smtp.AbortedByCaller
}

// failure counts what came in place of a reply: a broken connection once, however many messages it cost. What was broken
// off on this side is no error.
func (o *observer) failure(r *smtp.Result, set *metrics.TagSet) {
	if r.Err == nil || r.Echo || brokenOffHere(r) {
		return
	}
	if o.shard != nil {
		o.shard.Error(r.Err.Phase.String(), string(r.Err.Code))
	}
	o.count(o.metrics.errors, set, 1)
}

func code(r *smtp.Result) smtp.Code {
	if r.Err == nil {
		return ""
	}
	return r.Err.Code
}
