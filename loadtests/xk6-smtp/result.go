package xk6smtp

import (
	"crypto/tls"
	"slices"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/metrics"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// readOnly is the part of a sobek.DynamicObject that a result does not have. Such an object costs two allocations, and
// a field only what the script asks for; a plain object with ten fields would cost as much as the rest of the call.
type readOnly struct{}

// Set refuses.
func (readOnly) Set(string, sobek.Value) bool { return false }

// Delete refuses.
func (readOnly) Delete(string) bool { return false }

// stepResult is StepResult of index.d.ts, and SendResult when it is of a message.
type stepResult struct {
	readOnly
	rt         *sobek.Runtime
	keys       []string
	ok         bool
	code       int
	enhanced   smtp.Enhanced
	reply      smtp.Reply
	phase      smtp.Phase
	err        *smtp.Error
	durations  [smtp.NumPhases]time.Duration
	lasted     time.Duration
	tls        *tls.ConnectionState
	extensions []string

	outcome    smtp.Outcome
	recipients []smtp.RcptResult
	reused     bool
	token      [smtp.TokenWidth]byte
	tokenWidth int

	// Made when they are asked for.
	objects map[string]sobek.Value
}

var (
	stepKeys  = []string{"ok", "code", "enhanced", "text", "phase", "tls", "error", "message", "timings"}
	helloKeys = append(slices.Clone(stepKeys), "extensions")
	sendKeys  = append(slices.Clone(stepKeys), "accepted", "outcome", "recipients", "reused", "queueId", "token")
)

// newSendResult keeps what the next call would overwrite.
func newSendResult(rt *sobek.Runtime, n *connection, from *smtp.Result) *stepResult {
	r := newStepResult(rt, n, from, sendKeys)
	r.outcome, r.reused = from.Outcome, from.Reused
	r.tokenWidth = copy(r.token[:], from.Token)
	r.recipients = make([]smtp.RcptResult, len(from.Recipients))
	for i := range from.Recipients {
		r.recipients[i] = smtp.RcptResult{Reply: from.Recipients[i].Reply.Clone(), Outcome: from.Recipients[i].Outcome}
	}
	if !from.Reused && !n.unopened {
		r.addTimes(&n.opening)
	}
	return r
}

func newStepResult(rt *sobek.Runtime, n *connection, from *smtp.Result, keys []string) *stepResult {
	return &stepResult{
		rt: rt, keys: keys, ok: from.OK(), code: from.Reply.Code, enhanced: from.Reply.Enhanced,
		reply: from.Reply.Clone(), phase: from.Phase, err: from.Err, durations: from.Durations, lasted: from.Message,
		tls: n.facts.state,
	}
}

// addTimes adds the phases of the session's set-up to those of the message that caused it.
func (r *stepResult) addTimes(opening *smtp.Result) {
	for phase, d := range opening.Durations {
		if d >= 0 && r.durations[phase] < 0 {
			r.durations[phase] = d
		}
	}
}

// Keys are the names of the fields.
func (r *stepResult) Keys() []string { return r.keys }

// Has tells whether there is such a field.
func (r *stepResult) Has(key string) bool { return slices.Contains(r.keys, key) }

// Get gives a field, nil where there is none.
func (r *stepResult) Get(key string) sobek.Value {
	switch key {
	case "ok":
		return r.rt.ToValue(r.ok)
	case "code":
		return r.rt.ToValue(r.code)
	case "enhanced":
		return r.rt.ToValue(r.enhanced.String())
	case "text":
		return r.rt.ToValue(r.reply.Text())
	case "phase":
		return r.rt.ToValue(r.phase.String())
	case "error":
		if r.err == nil {
			return r.rt.ToValue("")
		}
		return r.rt.ToValue(string(r.err.Code))
	case "message":
		if r.err == nil {
			return r.rt.ToValue("")
		}
		return r.rt.ToValue(r.err.Message)
	case "timings":
		return r.once(key, r.timings)
	case "tls":
		return r.once(key, r.tlsInfo)
	}
	if !r.Has(key) {
		return nil
	}
	return r.rest(key)
}

// rest gives the fields that not every result has.
func (r *stepResult) rest(key string) sobek.Value {
	switch key {
	case "accepted":
		return r.rt.ToValue(r.outcome == smtp.Accepted)
	case "outcome":
		return r.rt.ToValue(r.outcome.String())
	case "reused":
		return r.rt.ToValue(r.reused)
	case "queueId":
		result := smtp.Result{Outcome: r.outcome, Reply: r.reply}
		return r.rt.ToValue(result.QueueID())
	case "token":
		return r.rt.ToValue(string(r.token[:r.tokenWidth]))
	case "recipients":
		return r.once(key, r.recipientList)
	case "extensions":
		return r.once(key, func() sobek.Value { return r.rt.ToValue(r.extensions) })
	}
	return nil
}

// once gives the same object each time.
func (r *stepResult) once(key string, build func() sobek.Value) sobek.Value {
	if object, ok := r.objects[key]; ok {
		return object
	}
	if r.objects == nil {
		r.objects = map[string]sobek.Value{}
	}
	object := build()
	r.objects[key] = object
	return object
}

// timings are milliseconds, of the phases that happened.
func (r *stepResult) timings() sobek.Value {
	times := r.rt.NewObject()
	for _, phase := range timedPhases {
		if d := r.durations[phase]; d >= 0 {
			set(times, phase.String(), metrics.D(d))
		}
	}
	if r.lasted >= 0 {
		set(times, "message", metrics.D(r.lasted))
	}
	return times
}

func (r *stepResult) tlsInfo() sobek.Value {
	if r.tls == nil {
		return sobek.Null()
	}
	info := r.rt.NewObject()
	set(info, "version", tlsVersionName(r.tls.Version))
	set(info, "cipher", tls.CipherSuiteName(r.tls.CipherSuite))
	exchange := ""
	if r.tls.CurveID != 0 {
		exchange = r.tls.CurveID.String()
	}
	set(info, "keyExchange", exchange)
	set(info, "resumed", r.tls.DidResume)
	return info
}

func (r *stepResult) recipientList() sobek.Value {
	list := make([]any, len(r.recipients))
	for i := range r.recipients {
		one := &r.recipients[i]
		object := r.rt.NewObject()
		set(object, "index", i)
		set(object, "code", one.Reply.Code)
		set(object, "enhanced", one.Reply.Enhanced.String())
		set(object, "text", one.Reply.Text())
		set(object, "outcome", one.Outcome.String())
		list[i] = object
	}
	return r.rt.NewArray(list...)
}

// set sets a field of an object of our own, which cannot fail.
func set(object *sobek.Object, name string, value any) { _ = object.Set(name, value) }
