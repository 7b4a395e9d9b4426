package xk6smtp

import (
	"fmt"
	"sync"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/lib"
)

// maxIdle is how many sessions of sends in the background a client keeps open.
const maxIdle = 16

// pool holds the idle sessions of a client's sends in the background.
type pool struct {
	mu    sync.Mutex
	idle  []*connection
	seats uint64
}

// take gives an idle connection, the last used first, or nil and the seat of a new one.
func (p *pool) take() (*connection, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.idle) - 1; last >= 0 {
		n := p.idle[last]
		p.idle = p.idle[:last]
		return n, 0
	}
	p.seats++
	return nil, p.seats
}

// give takes a connection back; false: there are enough.
func (p *pool) give(n *connection) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= maxIdle {
		return false
	}
	p.idle = append(p.idle, n)
	return true
}

// sendAsync is Client.sendAsync: a message over a session of its own. Only the wire is in the background; what touches
// the script and its metrics comes back to the event loop of the VU.
func (c *client) sendAsync(call sobek.FunctionCall) sobek.Value {
	const where = "Client.sendAsync"
	state, ctx := c.begin(where)
	l := c.letter(where, call.Argument(0))
	n, seat := c.pool.take()
	if n == nil {
		n = c.connection(state, seat)
	}
	if err := n.setHeaders(&l); err != nil {
		c.pool.give(n)
		c.module.throw(fmt.Errorf("%s: %w", where, err))
	}
	number := c.module.reserve(1)
	promise, resolve, _ := c.module.rt.NewPromise()
	enqueue := c.module.vu.RegisterCallback()
	go func() {
		n.send(ctx, &l, number)
		enqueue(func() error { return resolve(c.finish(state, n, &l)) }) //nolint:contextcheck // of the VU, which has it
	}()
	return c.module.rt.ToValue(promise)
}

// finish reports a send in the background and makes its result.
func (c *client) finish(state *lib.State, n *connection, l *letter) sobek.Value {
	c.observer.begin(c.module, state)
	n.observeMessage(&c.observer, l)
	result := c.module.rt.NewDynamicObject(newSendResult(c.module.rt, n, &n.result))
	if !c.pool.give(n) {
		n.retire()
		n.observe(&c.observer)
	}
	c.observer.push()
	return result
}
