package xk6smtp

import (
	"context"
	"fmt"

	"github.com/grafana/sobek"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// send is Client.send: one message over the session of the VU.
func (c *client) send(call sobek.FunctionCall) sobek.Value {
	state, ctx := c.begin("Client.send")
	l := c.letter("Client.send", call.Argument(0))
	n := c.main
	c.patch(n, "Client.send", &l)
	n.send(ctx, &l, c.module.reserve(1))
	c.observer.begin(c.module, state)
	n.observeMessage(&c.observer, &l)
	c.observer.push()
	return c.module.rt.NewDynamicObject(newSendResult(c.module.rt, n, &n.result))
}

// letter reads the envelope of a call.
func (c *client) letter(where string, value sobek.Value, others ...string) letter {
	c.reader.where = where
	l, err := c.reader.read(value, others...)
	if err != nil {
		c.module.throw(err)
	}
	return l
}

// send carries one message; what became of it is in n.result. It does not touch the script, so that it may run in the
// background.
func (n *connection) send(ctx context.Context, l *letter, number uint64) {
	n.guard.enter(ctx)
	defer n.guard.leave()
	n.unopened = false
	message, unreadable := l.next(n, n.client.vu)
	if unreadable != nil {
		n.fail(unreadable)
		return
	}
	n.patch.Number(number)
	for attempt := 0; ; attempt++ {
		if !n.ready(ctx) {
			n.takeOpening()
			return
		}
		n.session.Send(message, l.envelope, n.patch, &n.result)
		// A server may close an idle session at any time, and does so without a word (RFC 5321 section 3.8). Nothing
		// was handed over then, so that once more is no second copy.
		if !n.result.Stale || attempt > 0 {
			break
		}
	}
	n.after()
}

// patch gives the connection the header fields of this call.
func (c *client) patch(n *connection, where string, l *letter) {
	if err := n.setHeaders(l); err != nil {
		c.module.throw(fmt.Errorf("%s: %w", where, err))
	}
}

func (n *connection) setHeaders(l *letter) error {
	if len(l.headers) == 0 && !n.patched {
		return nil
	}
	n.patched = len(l.headers) > 0
	return n.patch.SetHeaders(l.headers)
}

// fail is the result of a message that was never begun, for a reason of our own.
func (n *connection) fail(err *smtp.Error) {
	n.result = interrupted(err.Phase)
	n.result.Outcome, n.result.Err = smtp.Failed, err
	if n.result.Phase == smtp.NoPhase {
		n.result.Phase = smtp.Sending
	}
}

// takeOpening makes the failed attempt to open the session the result of the message.
func (n *connection) takeOpening() {
	opening := &n.opening
	n.unopened = true
	n.result = interrupted(opening.Phase)
	n.result.Outcome, n.result.Err, n.result.Reply = opening.Outcome, opening.Err, opening.Reply.Clone()
	n.result.Start, n.result.Durations = opening.Start, opening.Durations
}

// observeMessage reports the session and the message of this call.
func (n *connection) observeMessage(o *observer, l *letter) {
	n.observe(o)
	if n.unopened {
		o.unsent(&n.result, 1, l.envelope.Recipients())
		return
	}
	o.message(&n.result, l.envelope.Recipients(), n.facts.version)
}

// sendOnce is send(): client and envelope in one, a connection of its own, and QUIT.
func (m *module) sendOnce(call sobek.FunctionCall) sobek.Value {
	o := newOptions(m.rt, "send", call.Argument(0))
	o.known = append(o.known, envelopeKeys...)
	read := readClient(o)
	if err := o.done(); err != nil {
		m.throw(err)
	}
	read.reuse = reuseOptions{maxMessages: 1}
	c := m.client(read)
	state, ctx := c.begin("send")
	defer c.main.retire()
	l := c.letter("send", call.Argument(0), o.known...)
	n := c.main
	c.patch(n, "send", &l)
	n.send(ctx, &l, m.reserve(1))
	c.observer.begin(m, state)
	n.observeMessage(&c.observer, &l)
	c.observer.push()
	return m.rt.NewDynamicObject(newSendResult(m.rt, n, &n.result))
}
