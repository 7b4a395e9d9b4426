package sink

import (
	"errors"
	"fmt"
	"math"

	"gopkg.in/yaml.v3"
)

// allPhases is the key of a latency that holds in every phase.
const allPhases = "all"

// check finds what only several keys together can have wrong. root is the document, for its lines.
func (p *Profile) check(root *yaml.Node) error {
	_, latencies := child(root, "latency")
	for name, latency := range p.Latency {
		if err := latency.check(); err != nil {
			at, _ := child(latencies, name)
			return bad(at, "latency.%s%s", name, err.Error())
		}
	}
	_, rules := child(root, "rules")
	for i := range p.Rules {
		if err := p.Rules[i].check(); err != nil {
			return bad(rules.Content[i], "rule %d: %s", i+1, err.Error())
		}
	}
	if p.Greylist != nil && p.Greylist.Delay == 0 {
		at, _ := child(root, "greylist")
		return bad(at, "greylist needs a delay, for example 5m")
	}
	if rate := p.Limits.Rate; rate != nil {
		_, limits := child(root, "limits")
		at, _ := child(limits, "rate")
		if rate.Messages == 0 {
			return bad(at, "limits.rate needs messages, for example 100")
		}
		if rate.Per == 0 {
			rate.Per = Duration(1e9)
		}
		if int64(rate.Per)/int64(rate.Messages) == 0 {
			return bad(at, "limits.rate allows more than one message in a nanosecond")
		}
		rate.Burst = max(rate.Burst, 1)
	}
	return nil
}

func (l Latency) check() error {
	if s := l.Stall; s != nil && (s.For == 0 || s.For >= s.Every) {
		return errors.New(".stall needs `every` and a shorter `for`, for example {every: 10s, for: 1s}")
	}
	if u := l.Uniform; u != nil && u.Max < u.Min {
		return errors.New(".uniform has a max below its min")
	}
	if n := l.Normal; n != nil && n.Mean == 0 {
		return errors.New(".normal needs a mean, for example {mean: 20ms, deviation: 5ms}")
	}
	if n := l.Lognormal; n != nil && (n.Median == 0 || !(n.Sigma > 0) || math.IsInf(n.Sigma, 0)) {
		return errors.New(".lognormal needs a median and a sigma above 0, for example {median: 20ms, sigma: 0.8}")
	}
	if n := l.Pareto; n != nil && (n.Min == 0 || !(n.Shape > 0) || math.IsInf(n.Shape, 0)) {
		return errors.New(".pareto needs a min and a shape above 0, for example {min: 1ms, shape: 1.5}")
	}
	return nil
}

// matchable are the phases in which there are recipients to match.
var matchable = map[PhaseName]bool{"rcpt": true, "data": true, "accepting": true}

// unreplying are the actions that send no reply of the rule.
var unreplying = map[Action]bool{actReset: true, actTarpit: true, actStall: true}

func (r *Rule) check() error {
	if r.Action == "" {
		r.Action = actReply
	}
	switch {
	case r.Phase == "":
		return errors.New("needs a phase, for example rcpt")
	case r.Action == actReply && r.Reply == "":
		return errors.New("needs a reply, for example \"451 4.7.1 Try again later\", or another action")
	case unreplying[r.Action] && r.Reply != "":
		return fmt.Errorf("action %s sends no reply; leave it out", r.Action)
	case r.For != 0 && r.Action != actTarpit && r.Action != actStall:
		return errors.New("`for` belongs to the actions tarpit and stall")
	case r.Match != Match{} && !matchable[r.Phase]:
		return errors.New("match knows recipients only in the phases rcpt, data and accepting")
	case r.Reply != "" && r.Reply[0] != '4' && r.Reply[0] != '5':
		return errors.New("the reply of a rule is a refusal, 4xx or 5xx")
	}
	if r.For == 0 && r.Action == actTarpit {
		r.For = Duration(defaultTarpit)
	}
	if r.For == 0 && r.Action == actStall {
		r.For = Duration(defaultStall)
	}
	return nil
}

// child gives the key and the value under it; of no mapping, or without the key, the node itself as both.
func child(node *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Kind == yaml.MappingNode && node.Content[i].Value == name {
			return node.Content[i], node.Content[i+1]
		}
	}
	return node, node
}
