package sink

import (
	"bytes"
	"strconv"
	"time"
)

var (
	finalDot = []byte("\r\n.\r\n")
	firstDot = finalDot[2:]
)

func (c *conn) data([]byte) error {
	switch {
	case !c.transaction.open:
		return c.wrong(Data, textMailFirst)
	case c.transaction.chunked:
		return c.wrong(Data, textSequence)
	case c.transaction.count == 0:
		return c.wrong(Data, textNoRecipients)
	}
	if replaced, err := c.behave(Data, nil); replaced || err != nil {
		c.drop()
		return err
	}
	if err := c.reply(Data, textGoAhead); err != nil {
		return err
	}
	if err := c.readBody(); err != nil {
		c.counts.messages[aborted].Add(1)
		return err
	}
	return c.finish()
}

// readBody reads to the final dot and keeps nothing but the header's token. Only CRLF.CRLF ends a message: whoever
// takes less lets messages be smuggled in.
func (c *conn) readBody() error {
	for c.end-c.start < len(firstDot) && bytes.HasPrefix(firstDot, c.in[c.start:c.end]) {
		if err := c.fill(); err != nil {
			return err
		}
	}
	if bytes.HasPrefix(c.in[c.start:c.end], firstDot) {
		c.start += len(firstDot)
		return nil
	}
	for {
		unused := c.in[c.start:c.end]
		if i := bytes.Index(unused, finalDot); i >= 0 {
			c.consume(i + 2)
			c.start += len(firstDot)
			return nil
		}
		c.consume(max(0, len(unused)-len(finalDot)+1))
		if err := c.fill(); err != nil {
			return err
		}
	}
}

// consume takes n octets of the text of a message.
func (c *conn) consume(n int) {
	if !c.transaction.header.done {
		c.transaction.header.feed(c.in[c.start : c.start+n])
	}
	c.start += n
	c.transaction.octets += int64(n)
}

// bdat takes a chunk (RFC 3030). Its octets follow in any case and are read even when it is refused.
func (c *conn) bdat(arguments []byte) error {
	number, rest, _ := bytes.Cut(arguments, []byte{' '})
	size, err := strconv.ParseInt(string(number), 10, 64)
	last := bytes.EqualFold(bytes.TrimSpace(rest), []byte("LAST"))
	if err != nil || size < 0 || len(number) > 18 || (!last && len(rest) > 0) {
		_ = c.wrong(Data, textSyntax)
		return errLeave // where the chunk ends cannot be known
	}
	refusal := ""
	switch {
	case !c.transaction.open:
		refusal = textMailFirst
	case c.transaction.count == 0:
		refusal = textNoRecipients
	}
	c.transaction.chunked = refusal == ""
	if err := c.readChunk(size); err != nil {
		return err
	}
	if refusal != "" {
		c.transaction.reset()
		return c.wrong(Data, refusal)
	}
	if last {
		return c.finish()
	}
	replaced, err := c.behave(Data, nil)
	if replaced || err != nil {
		c.drop()
		return err
	}
	return c.reply(Data, textOk)
}

func (c *conn) readChunk(size int64) error {
	for size > 0 {
		if c.start == c.end {
			if err := c.fill(); err != nil {
				return err
			}
		}
		n := int(min(size, int64(c.end-c.start)))
		c.consume(n)
		size -= int64(n)
	}
	return nil
}

// finish answers the end of a message: once, or with LMTP once a recipient.
func (c *conn) finish() error {
	t := &c.transaction
	defer t.reset()
	c.messages++
	c.code = 0
	c.counts.octets.Add(uint64(t.octets))
	var arrived time.Time
	if t.header.found {
		arrived = time.Now()
	}
	if t.octets > c.plan.limits.size {
		return c.refuse(c.plan.replies.size)
	}
	if !c.plan.store(t.octets) {
		return c.refuse(c.plan.replies.storageFull)
	}
	if c.lmtp {
		return c.finishEach(arrived)
	}
	if c.plan.steps[Accepting] != nil {
		if replaced, err := c.behave(Accepting, nil); replaced || err != nil {
			c.counts.messages[c.became()].Add(1)
			return err
		}
	}
	c.taken(arrived, t.count)
	return c.accept()
}

// finishEach gives one reply for each recipient (RFC 2033 section 4.2). The message is taken for those who were told so,
// also when the connection does not last for the others.
func (c *conn) finishEach(arrived time.Time) error {
	t := &c.transaction
	var count int64
	var err error
	for _, kept := range t.kept {
		var replaced bool
		if replaced, err = c.behave(Accepting, t.text[kept.from:kept.to]); err == nil && !replaced {
			count++
			err = c.accept()
		}
		if err != nil {
			break
		}
	}
	switch {
	case count > 0:
		c.taken(arrived, count)
	case err != nil:
		c.counts.messages[aborted].Add(1)
	default:
		c.counts.messages[c.became()].Add(1)
	}
	return err
}

// refuse answers a message, or each of its recipients, with one of the profile's texts.
func (c *conn) refuse(text string) error {
	replies := int64(1)
	if c.lmtp {
		replies = c.transaction.count
	}
	var err error
	for range replies {
		if err = c.expand(Accepting, text); err != nil {
			break
		}
	}
	c.counts.messages[c.became()].Add(1)
	return err
}

// became tells what the last reply means for the message; without one the connection was closed instead.
func (c *conn) became() outcome {
	switch c.code / 100 {
	case 4:
		return deferred
	case 5:
		return rejected
	default:
		return aborted
	}
}

// taken counts an accepted message.
func (c *conn) taken(arrived time.Time, recipients int64) {
	c.counts.messages[accepted].Add(1)
	c.counts.recipients.Add(uint64(recipients))
	t := &c.transaction.header
	if !t.found {
		return
	}
	if c.run == nil || c.runID != t.token.run || c.run.gone.Load() {
		c.run, c.runID = c.server.runs.find(t.token.run), t.token.run
	}
	c.run.arrive(t.token, arrived)
}
