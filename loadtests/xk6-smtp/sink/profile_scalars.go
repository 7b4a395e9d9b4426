package sink

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// The scalars of a profile. Each reads itself, so that its errors name the line and show what to write.

// maxDuration keeps sums and multiples of durations far from overflow.
const maxDuration = 24 * time.Hour

// Duration is written 250us, 20ms, 1.5s, 5m or 1h.
type Duration time.Duration

// UnmarshalYAML reads a duration from 0 to 24 h.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	v, err := time.ParseDuration(node.Value)
	if err != nil || v < 0 || v > maxDuration {
		return bad(node, "%q is no duration from 0s to 24h; write for example 250us, 20ms, 1.5s or 5m", node.Value)
	}
	*d = Duration(v)
	return nil
}

// Size is a number of octets: 500, 10KB, 25MB, 1GB (powers of 1000), KiB, MiB, GiB (of 1024).
type Size int64

var (
	sizeForm  = regexp.MustCompile(`^(\d{1,12})\s*([A-Za-z]*)$`)
	sizeUnits = map[string]int64{
		"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
	}
)

// ParseSize reads a Size.
func ParseSize(text string) (Size, error) {
	if parts := sizeForm.FindStringSubmatch(text); parts != nil {
		n, err := strconv.ParseInt(parts[1], 10, 64)
		unit, ok := sizeUnits[strings.ToLower(parts[2])]
		if err == nil && ok && n <= 1<<60/unit {
			return Size(n * unit), nil
		}
	}
	return 0, fmt.Errorf("%q is no size; write for example 500, 10KB, 25MB or 1GiB", text)
}

// UnmarshalYAML reads a size.
func (s *Size) UnmarshalYAML(node *yaml.Node) error {
	v, err := ParseSize(node.Value)
	if err != nil {
		return bad(node, "%s", err.Error())
	}
	*s = v
	return nil
}

// Count is a whole number that is not negative.
type Count int64

// UnmarshalYAML reads a count up to 1e12.
func (c *Count) UnmarshalYAML(node *yaml.Node) error {
	n, err := strconv.ParseInt(node.Value, 10, 64)
	if err != nil || n < 0 || n > 1e12 {
		return bad(node, "%q is no whole number of 0 or more", node.Value)
	}
	*c = Count(n)
	return nil
}

// Probability is a share from 0 to 1.
type Probability float64

// UnmarshalYAML reads a probability.
func (p *Probability) UnmarshalYAML(node *yaml.Node) error {
	v, err := strconv.ParseFloat(node.Value, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return bad(node, "%q is no probability; write a number from 0 to 1, for example 0.05", node.Value)
	}
	*p = Probability(v)
	return nil
}

// Reply is a whole reply line, or several: "451 4.7.1 Try again later".
type Reply string

var replyForm = regexp.MustCompile(`^[2-5]\d\d( [\x20-\x7e\x{80}-\x{10ffff}]*)?$`)

// UnmarshalYAML reads a reply. Each of its lines begins with the same code.
func (r *Reply) UnmarshalYAML(node *yaml.Node) error {
	lines := strings.Split(strings.TrimRight(node.Value, "\n"), "\n")
	for _, line := range lines {
		if !replyForm.MatchString(line) || line[:3] != lines[0][:3] || len(line) > 500 {
			return bad(node, "%q is no reply; write a code and a text of up to 500 octets, for example \"451 4.7.1 Try again later\"",
				node.Value)
		}
	}
	*r = Reply(strings.Join(lines, "\n"))
	return nil
}

// PhaseName is a phase by its name.
type PhaseName string

// UnmarshalYAML reads the name of a phase.
func (p *PhaseName) UnmarshalYAML(node *yaml.Node) error {
	return oneOf(node, (*string)(p), "phase", phaseNames[:])
}

// Action is what a rule does.
type Action string

const (
	actReply  Action = "reply"
	actClose  Action = "close"
	actReset  Action = "reset"
	actTarpit Action = "tarpit"
	actStall  Action = "stall"
)

// UnmarshalYAML reads an action.
func (a *Action) UnmarshalYAML(node *yaml.Node) error {
	return oneOf(node, (*string)(a), "action",
		[]string{string(actReply), string(actClose), string(actReset), string(actTarpit), string(actStall)})
}

// Mode is what a rate limit does above its rate.
type Mode string

const (
	modeDefer Mode = "defer"
	modeSlow  Mode = "slow"
)

// UnmarshalYAML reads a mode.
func (m *Mode) UnmarshalYAML(node *yaml.Node) error {
	return oneOf(node, (*string)(m), "mode", []string{string(modeDefer), string(modeSlow)})
}

// KeyPart is one of the three things that make a triplet.
type KeyPart string

const (
	keyClient    KeyPart = "client"
	keySender    KeyPart = "sender"
	keyRecipient KeyPart = "recipient"
)

// UnmarshalYAML reads a part of a key.
func (k *KeyPart) UnmarshalYAML(node *yaml.Node) error {
	return oneOf(node, (*string)(k), "part of the key",
		[]string{string(keyClient), string(keySender), string(keyRecipient)})
}

// Extension is a keyword of the reply to EHLO.
type Extension string

// UnmarshalYAML reads an extension that the sink has.
func (e *Extension) UnmarshalYAML(node *yaml.Node) error {
	return oneOf(node, (*string)(e), "extension", extensionNames)
}

func oneOf(node *yaml.Node, into *string, what string, names []string) error {
	if !slices.Contains(names, node.Value) {
		return bad(node, "%q is no %s; %s", node.Value, what, hint(node.Value, names))
	}
	*into = node.Value
	return nil
}

func bad(node *yaml.Node, format string, arguments ...any) error {
	return fmt.Errorf("line %d: %s", node.Line, fmt.Sprintf(format, arguments...))
}
