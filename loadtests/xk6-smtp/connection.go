package xk6smtp

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// connection is one session of a client: opened when it is first needed, kept over iterations, and renewed as the
// client's options say. One goroutine at a time.
type connection struct {
	client   *client
	session  *smtp.Session
	dialer   smtp.Dialer
	patch    *smtp.Patch
	pickers  map[*smtp.Corpus]*smtp.Picker
	seat     uint64 // 0: the one of the VU; others belong to sends in the background
	guard    guard
	facts    tlsFacts
	patched  bool // the last message had header fields of its own
	unopened bool // the last message found no session

	result  smtp.Result // of the last call
	opening smtp.Result // of the last attempt to open
	scratch smtp.Result // of what nobody asked for: QUIT and NOOP

	since time.Time // of the open connection
	used  time.Time // last

	// What the observer has to be told of.
	opens []opening
	ended []time.Duration
}

// opening is one attempt to open the session. Further attempts within a call are rare, and then kept by copy.
type opening struct {
	result *smtp.Result
	ok     bool
	facts  tlsFacts
}

// tlsFacts are those of a connection that do not change.
type tlsFacts struct {
	version uint16
	resumed bool
	agreed  string               // such as "TLSv1.3 X25519", for the record
	state   *tls.ConnectionState // nil without TLS
}

func (c *client) newConnection(dialer smtp.Dialer, vu, seat uint64) (*connection, error) {
	patch, err := smtp.NewPatch(c.module.run, tokenVU(vu))
	if err != nil {
		return nil, err
	}
	session := smtp.NewSession(c.config)
	n := &connection{client: c, session: session, dialer: dialer, patch: patch, seat: seat}
	n.guard.interrupt = session.Interrupt
	return n, nil
}

// ready opens the session unless it is open and fit for another message. Without success n.opening says why.
func (n *connection) ready(ctx context.Context) bool {
	if n.session.Connected() && !n.fit() {
		n.quit()
	}
	if n.session.Connected() {
		return true
	}
	return n.open(ctx)
}

// fit tells whether an open session is young enough, and after a long rest still there.
func (n *connection) fit() bool {
	reuse := &n.client.options.reuse
	if reuse.maxAge == 0 && reuse.idleCheck == 0 {
		return true
	}
	now := time.Now()
	if reuse.maxAge > 0 && now.Sub(n.since) >= reuse.maxAge {
		return false
	}
	if reuse.idleCheck > 0 && now.Sub(n.used) >= reuse.idleCheck {
		return n.session.Noop(&n.scratch) && n.scratch.OK()
	}
	return true
}

func (n *connection) open(ctx context.Context) bool { return n.attempt(ctx, n.session.Open) }

// attempt makes one to open the session, after the wait that an earlier failure asks for.
func (n *connection) attempt(
	ctx context.Context, open func(context.Context, smtp.Dialer, *smtp.Result) bool,
) bool {
	n.lost()
	if !n.client.backoff.wait(ctx) {
		n.opening = interrupted(smtp.Connecting)
		return false
	}
	// The observer has not seen an earlier attempt of this call yet.
	if k := len(n.opens); k > 0 {
		earlier := n.opening
		n.opens[k-1].result = &earlier
		n.opening = smtp.Result{}
	}
	openConnections.add(n)
	watched.add(&n.guard)
	ok := open(ctx, n.dialer, &n.opening)
	n.opened(ok)
	return ok
}

// opened keeps what the observer has to know of an attempt, and lets the next one wait when it failed.
func (n *connection) opened(ok bool) {
	n.facts = factsOf(n.session.TLSState())
	n.opens = append(n.opens, opening{&n.opening, ok, n.facts})
	n.since = n.opening.Start
	n.used = n.since
	n.client.backoff.tell(ok || n.opening.Outcome == smtp.Aborted)
	if !ok {
		n.since = time.Time{}
		n.forget()
	}
}

// forget leaves nothing of a connection that is not open, so that a script may make a client in each iteration.
func (n *connection) forget() {
	openConnections.remove(n)
	watched.remove(&n.guard)
}

func factsOf(state *tls.ConnectionState) tlsFacts {
	if state == nil {
		return tlsFacts{}
	}
	agreed := "TLSv" + tlsVersionName(state.Version)
	if state.CurveID != 0 {
		agreed += " " + state.CurveID.String()
	}
	return tlsFacts{version: state.Version, resumed: state.DidResume, agreed: agreed, state: state}
}

// after follows a message: a session that has carried enough, or that the server is about to close, is closed.
func (n *connection) after() {
	most := n.client.options.reuse.maxMessages
	switch {
	case !n.session.Connected():
		n.lost()
	case n.result.Reply.Code == serviceNotAvailable:
		n.close()
	case most > 0 && n.session.Messages() >= most:
		n.quit()
	case n.client.options.reuse.idleCheck > 0:
		n.used = time.Now()
	}
}

// serviceNotAvailable announces that the server closes the connection (RFC 5321 section 3.8).
const serviceNotAvailable = 421

func (n *connection) quit() {
	n.session.Quit(&n.scratch)
	n.close()
}

func (n *connection) close() {
	n.session.Close()
	n.lost()
}

// lost notes the end of a connection, however it came.
func (n *connection) lost() {
	if !n.since.IsZero() {
		n.ended = append(n.ended, time.Since(n.since))
		n.since = time.Time{}
		n.forget()
	}
}

// retire closes the connection for good.
func (n *connection) retire() {
	if n.session.Connected() {
		n.quit()
	}
}

// observe reports what happened to the session in this call, and forgets it.
func (n *connection) observe(o *observer) {
	for _, one := range n.opens {
		o.opening(one.result, one.ok, one.facts)
	}
	for _, lasted := range n.ended {
		o.closed(lasted)
	}
	n.opens, n.ended = n.opens[:0], n.ended[:0]
}

// picker chooses from a corpus for this connection: the choices of a VU do not depend on those of others.
func (n *connection) picker(corpus *smtp.Corpus, vu uint64) *smtp.Picker {
	picker := n.pickers[corpus]
	if picker == nil {
		picker = corpus.Picker(vu + n.seat<<32)
		if n.pickers == nil {
			n.pickers = map[*smtp.Corpus]*smtp.Picker{}
		}
		n.pickers[corpus] = picker
	}
	return picker
}

// interrupted is the result of what was not begun, because the VU is being stopped.
func interrupted(phase smtp.Phase) smtp.Result {
	r := smtp.Result{Outcome: smtp.Aborted, Phase: phase, Start: time.Now(), Message: -1}
	for i := range r.Durations {
		r.Durations[i] = -1
	}
	r.Err = &smtp.Error{Code: smtp.AbortedByCaller, Phase: phase, Message: "the virtual user was stopped"}
	return r
}
