package smtp

import "time"

// absent stands for a phase that did not happen.
const absent time.Duration = -1

// Mark is one reply without its text: enough to count it.
type Mark struct {
	Phase    Phase
	Code     int
	Enhanced Enhanced
}

// RcptResult is what became of one recipient, in the order of the envelope.
type RcptResult struct {
	Reply   Reply // the last one for this recipient
	Outcome Outcome
}

// Result is what one call saw. The caller makes it once and uses it for every call: all it holds is valid until the next.
type Result struct {
	Outcome    Outcome
	Phase      Phase // the last one, or the one that decided
	Reply      Reply // the one that decided; Code 0 when none came
	Err        *Error
	Durations  [NumPhases]time.Duration // -1: did not happen
	Start      time.Time
	Message    time.Duration // MAIL to the last reply; -1 when there was no MAIL
	Recipients []RcptResult
	Replies    []Mark // each reply of the call
	Reused     bool   // the session had carried a message before
	Octets     int    // of the message, when it was handed over whole
	// Stale says that a reused connection turned out to be closed before it answered anything: the message may be sent
	// again over another one without the risk of a second copy.
	Stale bool
	// Echo says that Err ended the connection with a message before, whose result told of it: one loss may cost many
	// messages.
	Echo bool
	// Token is what the message carries in X-Mailgauge-Token; empty when no message was sent.
	Token []byte
}

// OK is true when a reply came, it is 2xx or 3xx, and nothing went wrong.
func (r *Result) OK() bool { return r.Err == nil && r.Reply.Code >= 200 && r.Reply.Code < 400 }

// QueueID is the id under which the server's log knows the message, as far as the reply names it in a known form.
func (r *Result) QueueID() string {
	if r.Outcome != Accepted {
		return ""
	}
	return queueID(r.Reply.Text())
}

func (r *Result) reset() {
	r.Outcome, r.Phase, r.Err = NoOutcome, NoPhase, nil
	r.Reply.reset()
	for p := range r.Durations {
		r.Durations[p] = absent
	}
	r.Start, r.Message = time.Time{}, absent
	r.Recipients, r.Replies = r.Recipients[:0], r.Replies[:0]
	r.Reused, r.Octets, r.Stale, r.Echo = false, 0, false, false
	r.Token = r.Token[:0]
}

func (r *Result) add(p Phase, d time.Duration) {
	if r.Durations[p] == absent {
		r.Durations[p] = d
		return
	}
	r.Durations[p] += d
}

// note keeps a reply as the latest of a phase.
func (r *Result) note(p Phase, reply *Reply) {
	r.Phase = p
	r.Replies = append(r.Replies, Mark{p, reply.Code, reply.Enhanced})
}

func (r *Result) fail(err *Error) bool {
	r.Err, r.Phase = err, err.Phase
	return false
}

// recipients makes room for n recipients, keeping the buffers of earlier ones.
func (r *Result) recipients(n int) {
	if cap(r.Recipients) < n {
		grown := make([]RcptResult, n)
		copy(grown, r.Recipients[:cap(r.Recipients)])
		r.Recipients = grown
	}
	r.Recipients = r.Recipients[:n]
	for i := range r.Recipients {
		r.Recipients[i].Outcome = NoOutcome
		r.Recipients[i].Reply.reset()
	}
}
