package xk6smtp

import (
	"context"
	"fmt"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// step makes one command of a script: run talks, and its error is that of a wrong argument.
func (c *client) step(where string, keys []string, run func(context.Context, *connection) error) *stepResult {
	state, ctx := c.begin(where)
	n := c.main
	n.guard.enter(ctx)
	err := run(ctx, n)
	n.guard.leave()
	if err != nil {
		c.module.throw(fmt.Errorf("%s: %w", where, err))
	}
	if !n.session.Connected() {
		n.lost()
	}
	before := n.facts.state
	n.facts = factsOf(n.session.TLSState())
	c.observer.begin(c.module, state)
	n.observe(&c.observer)
	switch {
	case n.unopened: // opening has told
		n.unopened = false
	case n.result.Outcome != smtp.NoOutcome:
		c.observer.message(&n.result, len(n.result.Recipients), n.facts.version)
	default:
		c.observer.step(&n.result, n.facts, before == nil && n.facts.state != nil)
	}
	c.observer.push()
	return newStepResult(c.module.rt, n, &n.result, keys)
}

func (c *client) value(r *stepResult) sobek.Value { return c.module.rt.NewDynamicObject(r) }

// simple is a step without arguments.
func (c *client) simple(where string, run func(*smtp.Session, *smtp.Result) bool) sobek.Value {
	return c.value(c.step(where, stepKeys, func(_ context.Context, n *connection) error {
		run(n.session, &n.result)
		return nil
	}))
}

// connect is Client.connect: a new connection up to its banner.
func (c *client) connect(sobek.FunctionCall) sobek.Value {
	return c.anew("Client.connect", (*smtp.Session).Connect)
}

// open is Client.open: a session up to where MAIL may follow.
func (c *client) open(sobek.FunctionCall) sobek.Value {
	return c.anew("Client.open", (*smtp.Session).Open)
}

// anew is a step that begins with a new connection.
func (c *client) anew(
	where string, open func(*smtp.Session, context.Context, smtp.Dialer, *smtp.Result) bool,
) sobek.Value {
	return c.value(c.step(where, stepKeys, func(ctx context.Context, n *connection) error {
		if n.session.Connected() {
			n.quit()
		}
		n.attempt(ctx, func(ctx context.Context, d smtp.Dialer, r *smtp.Result) bool {
			return open(n.session, ctx, d, r)
		})
		n.takeOpening()
		return nil
	}))
}

// ehlo is Client.ehlo.
func (c *client) ehlo(call sobek.FunctionCall) sobek.Value {
	name := c.argument("Client.ehlo", "name", call.Argument(0), true)
	r := c.step("Client.ehlo", helloKeys, func(_ context.Context, n *connection) error {
		return n.session.Hello(name, &n.result)
	})
	r.extensions = c.main.session.Extensions()
	return c.value(r)
}

// starttls is Client.starttls.
func (c *client) starttls(sobek.FunctionCall) sobek.Value {
	return c.simple("Client.starttls", (*smtp.Session).StartTLS)
}

// auth is Client.auth.
func (c *client) auth(call sobek.FunctionCall) sobek.Value {
	o := newOptions(c.module.rt, "Client.auth", call.Argument(0))
	credentials := readAuth(o)
	if err := o.done(); err != nil {
		c.module.throw(err)
	}
	return c.simple("Client.auth", func(s *smtp.Session, r *smtp.Result) bool { return s.Authenticate(credentials, r) })
}

// mail is Client.mail.
func (c *client) mail(call sobek.FunctionCall) sobek.Value {
	return c.path("Client.mail", "reversePath", call, (*smtp.Session).Mail)
}

// rcpt is Client.rcpt.
func (c *client) rcpt(call sobek.FunctionCall) sobek.Value {
	return c.path("Client.rcpt", "forwardPath", call, (*smtp.Session).Rcpt)
}

func (c *client) path(
	where, name string, call sobek.FunctionCall, run func(*smtp.Session, string, string, *smtp.Result) error,
) sobek.Value {
	path := c.argument(where, name, call.Argument(0), false)
	parameters := c.argument(where, "parameters", call.Argument(1), true)
	return c.value(c.step(where, stepKeys, func(_ context.Context, n *connection) error {
		return run(n.session, path, parameters, &n.result)
	}))
}

// data is Client.data: DATA, the message and its final dot.
func (c *client) data(call sobek.FunctionCall) sobek.Value {
	const where = "Client.data"
	obj, _ := call.Argument(0).(*sobek.Object)
	var source *messageObject
	if obj != nil {
		source, _ = obj.Export().(*messageObject)
	}
	if source == nil {
		c.module.throw(fmt.Errorf("%s: message: wants what message() gave, got %s", where, kind(call.Argument(0))))
	}
	return c.value(c.step(where, stepKeys, func(_ context.Context, n *connection) error {
		n.patch.Number(c.module.reserve(1))
		n.session.Data(source.message, n.patch, &n.result)
		return nil
	}))
}

// rset is Client.rset.
func (c *client) rset(sobek.FunctionCall) sobek.Value {
	return c.simple("Client.rset", (*smtp.Session).Reset)
}

// noop is Client.noop.
func (c *client) noop(sobek.FunctionCall) sobek.Value {
	return c.simple("Client.noop", (*smtp.Session).Noop)
}

// quit is Client.quit.
func (c *client) quit(sobek.FunctionCall) sobek.Value {
	return c.simple("Client.quit", (*smtp.Session).Quit)
}

// cmd is Client.cmd: any command of one line.
func (c *client) cmd(call sobek.FunctionCall) sobek.Value {
	line := c.argument("Client.cmd", "line", call.Argument(0), false)
	return c.value(c.step("Client.cmd", stepKeys, func(_ context.Context, n *connection) error {
		return n.session.Command(line, &n.result)
	}))
}

// closeNow is Client.close: without QUIT, and without a throw in the init context.
func (c *client) closeNow(sobek.FunctionCall) sobek.Value {
	if state := c.module.vu.State(); state != nil && c.main != nil {
		c.main.close()
		c.observer.begin(c.module, state)
		c.main.observe(&c.observer)
		c.observer.push()
	}
	return sobek.Undefined()
}

// argument is a string; with optional it may be left out.
func (c *client) argument(where, name string, value sobek.Value, optional bool) string {
	if optional && common.IsNullish(value) {
		return ""
	}
	text, ok := value.Export().(string)
	if !ok {
		c.module.throw(fmt.Errorf("%s: %s: wants a string, got %s", where, name, kind(value)))
	}
	return text
}
