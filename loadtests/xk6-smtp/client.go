package xk6smtp

import (
	"context"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/lib"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// client is the Client of one VU.
type client struct {
	module   *module
	options  *clientOptions
	observer observer
	reader   envelopeReader
	backoff  backoff
	pool     pool

	// From the first call on, since they need the state of the VU.
	config *smtp.Config
	main   *connection
	vu     uint64
}

// newClient is the constructor Client. It does no I/O.
func (m *module) newClient(call sobek.ConstructorCall) *sobek.Object {
	o := newOptions(m.rt, "Client", call.Argument(0))
	read := readClient(o)
	if err := o.done(); err != nil {
		m.throw(err)
	}
	c := m.client(read)
	for name, method := range c.methods() {
		if err := call.This.Set(name, method); err != nil {
			m.throw(err)
		}
	}
	connected := m.rt.ToValue(func(sobek.FunctionCall) sobek.Value {
		return m.rt.ToValue(c.main != nil && c.main.session.Connected())
	})
	if err := call.This.DefineAccessorProperty(
		"connected", connected, nil, sobek.FLAG_FALSE, sobek.FLAG_TRUE,
	); err != nil {
		m.throw(err)
	}
	return nil
}

func (m *module) client(read *clientOptions) *client {
	c := &client{module: m, options: read}
	c.observer = observer{metrics: m.metrics, detail: read.detail, tags: tagSets{host: read.host, extra: read.tags}}
	c.reader = envelopeReader{rt: m.rt}
	c.backoff.first = read.backoff
	return c
}

// methods are closures: a call then costs no look-up of its receiver and no reflection.
func (c *client) methods() map[string]func(sobek.FunctionCall) sobek.Value {
	return map[string]func(sobek.FunctionCall) sobek.Value{
		"send":      c.send,
		"sendAsync": c.sendAsync,
		"sendBatch": c.sendBatch,
		"connect":   c.connect,
		"ehlo":      c.ehlo,
		"starttls":  c.starttls,
		"auth":      c.auth,
		"mail":      c.mail,
		"rcpt":      c.rcpt,
		"data":      c.data,
		"rset":      c.rset,
		"noop":      c.noop,
		"quit":      c.quit,
		"cmd":       c.cmd,
		"open":      c.open,
		"close":     c.closeNow,
	}
}

// begin prepares a call: throws in the init context, and makes what needs the state of the VU at the first one.
func (c *client) begin(call string) (*lib.State, context.Context) {
	state := c.module.state(call)
	if c.main == nil {
		config := c.options.wire
		config.TLSConfig = c.options.tls.config(state.TLSConfig)
		c.config = &config
		c.vu = state.VUIDGlobal
		c.main = c.connection(state, 0)
	}
	return state, c.module.vu.Context()
}

// connection makes one; seat tells the connections of a client apart.
func (c *client) connection(state *lib.State, seat uint64) *connection {
	n, err := c.newConnection(newDialer(state), c.vu, seat)
	if err != nil {
		c.module.throw(err) // cannot be: the run id was checked at the start
	}
	return n
}
