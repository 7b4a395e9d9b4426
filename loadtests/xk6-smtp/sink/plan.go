package sink

import (
	"bytes"
	"math"
	"strings"
	"sync/atomic"
	"time"
)

// plan is a profile made ready for use, with what it has to remember. A new profile is a new plan.
type plan struct {
	profile *Profile
	started time.Time
	steps   [numPhases]*step // nil: nothing to do in this phase
	replies replyTexts
	without map[Extension]bool
	limits  planLimits
	rate    *limiter
	grey    *greylist
	stored  struct{ messages, octets atomic.Int64 }
	// keepRecipients: a rule after RCPT asks for them.
	keepRecipients bool
}

type step struct {
	latencies []*Latency
	rules     []*compiledRule
}

type compiledRule struct {
	probability float64
	match       Match
	action      Action
	reply       string // wire form, "" for none
	duration    time.Duration
}

// planLimits have no limit as the largest number.
type planLimits struct {
	connections, messages, recipients, size, stored, storedOctets int64
}

// replyTexts are in wire form and not yet expanded.
type replyTexts struct {
	banner, accepted, connections, messages, recipients, size, rate, greylist, storageFull string
}

const (
	defaultRecipients = 10_000
	acceptedText      = "250 2.0.0 Ok: queued as {id}"
)

func newPlan(profile *Profile, maxSize int64) *plan {
	p := &plan{profile: profile, started: time.Now(), without: map[Extension]bool{}}
	for _, e := range profile.Without {
		p.without[e] = true
	}
	limits := profile.Limits
	p.limits = planLimits{
		connections: orUnlimited(int64(limits.Connections)), messages: orUnlimited(int64(limits.MessagesPerConnection)),
		recipients: int64(limits.Recipients), size: min(orUnlimited(int64(limits.Size)), orUnlimited(maxSize)),
		stored: orUnlimited(int64(profile.StorageFullAfter.Messages)), storedOctets: orUnlimited(int64(profile.StorageFullAfter.Bytes)),
	}
	if p.limits.recipients == 0 {
		p.limits.recipients = defaultRecipients
	}
	if limits.Rate != nil {
		p.rate = newLimiter(limits.Rate)
	}
	if profile.Greylist != nil {
		p.grey = newGreylist(profile.Greylist)
	}
	p.setReplies(&profile.Replies)
	p.setSteps(profile)
	return p
}

func (p *plan) setReplies(given *Replies) {
	p.replies = replyTexts{
		banner:      wire(given.Banner, "220 {hostname} ESMTP Mailgauge sink"),
		accepted:    wire(given.Accepted, acceptedText),
		connections: wire(given.Connections, "421 4.7.0 {hostname} Too many connections"),
		messages:    wire(given.MessagesPerConnection, "421 4.7.0 {hostname} Too many messages in this connection"),
		recipients:  wire(given.Recipients, "452 4.5.3 Too many recipients"),
		size:        wire(given.Size, "552 5.3.4 Message size exceeds fixed limit"),
		rate:        wire(given.Rate, "450 4.7.1 Rate limit exceeded, try again later"),
		greylist:    wire(given.Greylist, "450 4.7.1 Greylisted, try again later"),
		storageFull: wire(given.StorageFull, "452 4.3.1 Insufficient system storage"),
	}
}

func (p *plan) setSteps(profile *Profile) {
	at := func(phase Phase) *step {
		if p.steps[phase] == nil {
			p.steps[phase] = &step{}
		}
		return p.steps[phase]
	}
	for phase := range numPhases {
		for _, name := range []string{allPhases, phase.String()} {
			if latency, ok := profile.Latency[name]; ok {
				at(phase).latencies = append(at(phase).latencies, &latency)
			}
		}
	}
	for i := range profile.Rules {
		rule := &profile.Rules[i]
		phase, _ := phaseNamed(string(rule.Phase))
		compiled := &compiledRule{
			probability: 1, match: rule.Match, action: rule.Action,
			duration: time.Duration(rule.For),
		}
		if rule.Reply != "" {
			compiled.reply = wire(rule.Reply, "")
		}
		if rule.Probability != nil {
			compiled.probability = float64(*rule.Probability)
		}
		at(phase).rules = append(at(phase).rules, compiled)
		if rule.Match != (Match{}) && phase != Rcpt {
			p.keepRecipients = true
		}
	}
}

// wire gives a reply as it is sent: every line but the last has a hyphen behind the code.
func wire(given Reply, otherwise string) string {
	text := string(given)
	if text == "" {
		text = otherwise
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if i < len(lines)-1 {
			if len(line) == 3 {
				line += " "
			}
			lines[i] = line[:3] + "-" + line[4:]
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

func orUnlimited(n int64) int64 {
	if n == 0 {
		return math.MaxInt64
	}
	return n
}

// matches tells whether the rule concerns a recipient.
func (m *Match) matches(recipient []byte) bool {
	if m.Recipient != "" && !glob(m.Recipient, recipient) {
		return false
	}
	return m.Domain == "" || glob(m.Domain, recipient[bytes.LastIndexByte(recipient, '@')+1:])
}

// storageFull tells whether nothing more may be taken.
func (p *plan) storageFull() bool {
	return p.stored.messages.Load() >= p.limits.stored || p.stored.octets.Load() >= p.limits.storedOctets
}

// store takes a message, unless that would be one too many.
func (p *plan) store(octets int64) bool {
	if p.limits.stored == math.MaxInt64 && p.limits.storedOctets == math.MaxInt64 {
		return true
	}
	if p.stored.messages.Add(1) > p.limits.stored {
		p.stored.messages.Add(-1)
		return false
	}
	if p.stored.octets.Add(octets) > p.limits.storedOctets {
		p.stored.octets.Store(p.limits.storedOctets) // what did not fit is not kept, yet the disk counts as full
		p.stored.messages.Add(-1)
		return false
	}
	return true
}
