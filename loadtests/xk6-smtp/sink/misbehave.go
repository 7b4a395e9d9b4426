package sink

import (
	"math/rand/v2"
	"net"
	"time"
)

// behave does what the profile has for a phase: its delay, then the first rule that applies. It tells whether the
// rule's reply has taken the place of the usual one.
func (c *conn) behave(phase Phase, recipient []byte) (replaced bool, err error) {
	if c.plan.steps[phase] == nil {
		return false, nil
	}
	if err := c.delay(phase); err != nil {
		return false, err
	}
	for _, rule := range c.plan.steps[phase].rules {
		if c.applies(rule, recipient) {
			return c.obey(phase, rule)
		}
	}
	return false, nil
}

func (c *conn) delay(phase Phase) error {
	var wait time.Duration
	for _, latency := range c.plan.steps[phase].latencies {
		wait += latency.draw(c.chance(), time.Since(c.plan.started))
	}
	return c.pause(wait)
}

// chance is this connection's own generator: what it gives depends on the seed and the number of the connection.
func (c *conn) chance() *rand.Rand {
	if c.random == nil {
		c.random = rand.New(rand.NewPCG(c.server.config.Seed, c.number))
	}
	return c.random
}

func (c *conn) applies(rule *compiledRule, recipient []byte) bool {
	if rule.match != (Match{}) && !c.matched(rule, recipient) {
		return false
	}
	return rule.probability >= 1 || c.chance().Float64() < rule.probability
}

// matched looks at the recipient in question or, where the phase concerns them all, at each.
func (c *conn) matched(rule *compiledRule, recipient []byte) bool {
	if recipient != nil {
		return rule.match.matches(recipient)
	}
	for _, kept := range c.transaction.kept {
		if rule.match.matches(c.transaction.text[kept.from:kept.to]) {
			return true
		}
	}
	return false
}

func (c *conn) obey(phase Phase, rule *compiledRule) (replaced bool, err error) {
	switch rule.action {
	case actClose:
		if rule.reply != "" {
			if err := c.expand(phase, rule.reply); err != nil {
				return true, err
			}
		}
		return true, errLeave
	case actReset:
		return true, errReset
	case actTarpit:
		c.tarpit = rule.duration
		return false, nil
	case actStall:
		if err := c.pause(rule.duration); err != nil {
			return true, err
		}
		return true, errLeave
	default:
		return true, c.expand(phase, rule.reply)
	}
}

// pause lets time pass before the next reply. What was answered before is sent first.
func (c *conn) pause(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	if err := c.flush(); err != nil {
		return err
	}
	if !c.server.sleep(wait) {
		return errLeave
	}
	c.armed = time.Time{}
	return nil
}

// drips is in how many pieces a tarpit sends a reply.
const drips = 10

func (c *conn) drip(text string) error {
	for i := range drips {
		piece := text[len(text)*i/drips : len(text)*(i+1)/drips]
		c.out = append(c.out, piece...)
		if err := c.pause(c.tarpit / drips); err != nil {
			return err
		}
	}
	return nil
}

// abandon closes with RST, so that the client sees a reset and no end of the stream.
func (c *conn) abandon() {
	if tcp, ok := c.tcp.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.tcp.Close()
}
