package xk6smtp

import (
	"context"
	"fmt"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/metrics"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// maxBatch bounds one call: its samples are handed over at its end.
const maxBatch = 1_000_000

// batch is one call of sendBatch.
type batch struct {
	client   *client
	n        *connection
	letter   *letter
	first    uint64 // number of the first message
	outcomes [smtp.NumOutcomes]int
	failure  *stepResult // the first message that was not accepted
	started  time.Time
}

// sendBatch is Client.sendBatch: many messages in one call.
func (c *client) sendBatch(call sobek.FunctionCall) sobek.Value {
	const where = "Client.sendBatch"
	state, ctx := c.begin(where)
	count := call.Argument(0)
	number, ok := count.Export().(int64)
	if !ok || number < 1 || number > maxBatch {
		c.module.throw(fmt.Errorf("%s: count: %s is not a whole number from 1 to %d", where, show(count), maxBatch))
	}
	l := c.letter(where, call.Argument(1), "window")
	if l.window > 1 && !c.options.wire.Chunking {
		c.module.throw(fmt.Errorf("%s: window: needs chunking: true of the client", where))
	}
	c.patch(c.main, where, &l)
	b := &batch{client: c, n: c.main, letter: &l, first: c.module.reserve(int(number)), started: time.Now()}
	c.observer.begin(c.module, state)
	b.run(ctx, int(number))
	lasted := time.Since(b.started)
	b.n.observe(&c.observer)
	c.observer.push()
	return c.module.rt.NewDynamicObject(&batchResult{
		rt: c.module.rt, count: int(number), outcomes: b.outcomes, first: b.failure, lasted: lasted,
	})
}

// run sends count messages, over as many connections as it takes. Messages that no connection was had for have failed;
// when the VU is stopped the rest is left alone.
func (b *batch) run(ctx context.Context, count int) {
	n := b.n
	n.guard.enter(ctx)
	defer n.guard.leave()
	n.unopened = false
	idle := 0 // connections in a row that carried nothing
	for done := 0; done < count && ctx.Err() == nil; {
		if !n.ready(ctx) || idle > 1 {
			b.giveUp(ctx, count-done)
			return
		}
		told := b.round(done, b.share(count-done))
		done += told
		if told > 0 {
			idle = 0
		} else {
			idle++
		}
		n.after()
	}
}

// share is how many messages the open connection may still carry.
func (b *batch) share(rest int) int {
	if most := b.client.options.reuse.maxMessages; most > 0 {
		return min(rest, most-b.n.session.Messages())
	}
	return rest
}

func (b *batch) round(from, count int) int {
	return b.n.session.SendBatch(&smtp.Batch{
		Count:    count,
		Window:   b.letter.window,
		Envelope: b.letter.envelope,
		Patch:    b.n.patch,
		Next: func(i int) (*smtp.Message, *smtp.Error) {
			b.n.patch.Number(b.first + uint64(from+i))
			return b.letter.next(b.n, b.client.vu)
		},
		Each: func(_ int, r *smtp.Result) { b.each(r) },
	}, &b.n.result)
}

// each is told of one message. It is on the goroutine of the VU, but in the middle of I/O.
func (b *batch) each(r *smtp.Result) {
	b.outcomes[r.Outcome]++
	b.client.observer.message(r, b.letter.envelope.Recipients(), b.n.facts.version)
	if r.Outcome != smtp.Accepted && b.failure == nil {
		b.failure = newSendResult(b.client.module.rt, b.n, r)
	}
}

// giveUp reports the messages for which there was no connection.
func (b *batch) giveUp(ctx context.Context, rest int) {
	b.n.takeOpening()
	if ctx.Err() != nil {
		return
	}
	r := &b.n.result
	if r.Outcome == smtp.NoOutcome {
		r.Outcome = smtp.Failed
	}
	b.outcomes[r.Outcome] += rest
	b.client.observer.unsent(r, rest, b.letter.envelope.Recipients())
	if b.failure == nil {
		b.failure = newSendResult(b.client.module.rt, b.n, r)
	}
}

// batchResult is BatchResult of index.d.ts.
type batchResult struct {
	readOnly
	rt       *sobek.Runtime
	count    int
	outcomes [smtp.NumOutcomes]int
	first    *stepResult
	object   sobek.Value
	lasted   time.Duration
}

var batchKeys = []string{
	"count", "accepted", "deferred", "rejected", "uncertain", "failed", "aborted", "first", "duration",
}

// Keys are the names of the fields.
func (b *batchResult) Keys() []string { return batchKeys }

// Has tells whether there is such a field.
func (b *batchResult) Has(key string) bool { return b.Get(key) != nil }

// Get gives a field, nil where there is none.
func (b *batchResult) Get(key string) sobek.Value {
	switch key {
	case "count":
		return b.rt.ToValue(b.count)
	case "duration":
		return b.rt.ToValue(metrics.D(b.lasted))
	case "first":
		if b.first == nil {
			return sobek.Null()
		}
		if b.object == nil {
			b.object = b.rt.NewDynamicObject(b.first)
		}
		return b.object
	}
	for outcome := smtp.Accepted; outcome < smtp.NumOutcomes; outcome++ {
		if key == outcome.String() {
			return b.rt.ToValue(b.outcomes[outcome])
		}
	}
	return nil
}
