package sink

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Profile is how the sink behaves. The zero value accepts everything at once.
type Profile struct {
	// Name of the profile. Alone in a document it chooses the built-in of this name.
	Name string `yaml:"name"`
	// Latency before replies by phase, or in `all` phases.
	Latency map[string]Latency `yaml:"latency"`
	// Rules are tried in their order; the first that applies decides.
	Rules    []Rule    `yaml:"rules"`
	Greylist *Greylist `yaml:"greylist"`
	Limits   Limits    `yaml:"limits"`
	// StorageFullAfter is how much the sink takes before it answers 452 4.3.1.
	StorageFullAfter Storage `yaml:"storage_full_after"`
	// Replies in place of the sink's own texts.
	Replies Replies `yaml:"replies"`
	// Without takes extensions out of the reply to EHLO.
	Without []Extension `yaml:"without"`

	source []byte
}

// Latency is the delay of a reply: the sum of what is given.
type Latency struct {
	Constant  Duration   `yaml:"constant"`
	Uniform   *Uniform   `yaml:"uniform"`
	Normal    *Normal    `yaml:"normal"`
	Lognormal *Lognormal `yaml:"lognormal"`
	Pareto    *Pareto    `yaml:"pareto"`
	// Stall holds replies up for a while every so often, counted from the moment the profile was set.
	Stall *Stall `yaml:"stall"`
}

// Uniform is anything from Min to Max.
type Uniform struct {
	Min Duration `yaml:"min"`
	Max Duration `yaml:"max"`
}

// Normal has its negative part cut off at 0.
type Normal struct {
	Mean      Duration `yaml:"mean"`
	Deviation Duration `yaml:"deviation"`
	Max       Duration `yaml:"max"`
}

// Lognormal has half of its values below Median; Sigma is the deviation of the logarithm.
type Lognormal struct {
	Median Duration `yaml:"median"`
	Sigma  float64  `yaml:"sigma"`
	Max    Duration `yaml:"max"`
}

// Pareto is at least Min; the smaller Shape, the heavier the tail.
type Pareto struct {
	Min   Duration `yaml:"min"`
	Shape float64  `yaml:"shape"`
	Max   Duration `yaml:"max"`
}

// Stall lasts For at the end of every Every.
type Stall struct {
	Every Duration `yaml:"every"`
	For   Duration `yaml:"for"`
}

// Rule replaces the reply of a phase, or does worse.
type Rule struct {
	Phase PhaseName `yaml:"phase"`
	// Probability from 0 to 1; without it the rule always applies.
	Probability *Probability `yaml:"probability"`
	Match       Match        `yaml:"match"`
	Reply       Reply        `yaml:"reply"`
	Action      Action       `yaml:"action"`
	// For is how long `tarpit` spreads a reply (5 s) and `stall` says nothing (10 min).
	For Duration `yaml:"for"`
}

// Match are globs with `*` and `?`, without regard to case, on the recipient or its domain.
type Match struct {
	Recipient string `yaml:"recipient"`
	Domain    string `yaml:"domain"`
}

// Greylist defers each new triplet for Delay.
type Greylist struct {
	Delay Duration `yaml:"delay"`
	// Key is what makes a triplet: client (its /24 or /64), sender, recipient. All of them unless given.
	Key []KeyPart `yaml:"key"`
}

// Limits are off where they are 0.
type Limits struct {
	Connections           Count `yaml:"connections"`
	MessagesPerConnection Count `yaml:"messages_per_connection"`
	Recipients            Count `yaml:"recipients"`
	Size                  Size  `yaml:"size"`
	Rate                  *Rate `yaml:"rate"`
}

// Rate is how many messages begin in a time.
type Rate struct {
	Messages Count    `yaml:"messages"`
	Per      Duration `yaml:"per"`
	// Burst is how many may begin at once; 1 unless given.
	Burst Count `yaml:"burst"`
	// Mode: `defer` answers those above the rate, `slow` reads no faster than the rate.
	Mode Mode `yaml:"mode"`
}

// Storage is how much is taken, by either measure; 0 is no limit.
type Storage struct {
	Messages Count `yaml:"messages"`
	Bytes    Size  `yaml:"bytes"`
}

// Replies in place of the sink's own. In them {id} stands for the queue id, {client} for the client's address and
// {hostname} for the sink's name.
type Replies struct {
	Banner                Reply `yaml:"banner"`
	Accepted              Reply `yaml:"accepted"`
	Connections           Reply `yaml:"connections"`
	MessagesPerConnection Reply `yaml:"messages_per_connection"`
	Recipients            Reply `yaml:"recipients"`
	Size                  Reply `yaml:"size"`
	Rate                  Reply `yaml:"rate"`
	Greylist              Reply `yaml:"greylist"`
	StorageFull           Reply `yaml:"storage_full"`
}

//go:embed profiles/*.yml
var builtIn embed.FS

// BuiltInProfiles names the profiles that come with the sink.
func BuiltInProfiles() []string {
	files, _ := fs.Glob(builtIn, "profiles/*.yml")
	for i, file := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(file, "profiles/"), ".yml")
	}
	return files
}

// BuiltInProfile gives one of them by name.
func BuiltInProfile(name string) (*Profile, error) {
	if !slices.Contains(BuiltInProfiles(), name) {
		return nil, fmt.Errorf("profile: %q is not built in; those are %s", name, strings.Join(BuiltInProfiles(), ", "))
	}
	text, err := builtIn.ReadFile("profiles/" + name + ".yml")
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	return parseProfile(text, false)
}

// ParseProfile reads YAML or JSON. What it does not know is an error that names the line. `name: gmail` alone is the
// built-in profile of that name.
func ParseProfile(text []byte) (*Profile, error) {
	return parseProfile(text, true)
}

func parseProfile(text []byte, byName bool) (*Profile, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("profile: the document is empty; write for example `name: accept`")
		}
		return nil, fmt.Errorf("profile: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		return nil, errors.New("profile: more than one document")
	}
	root := document.Content[0]
	if err := checkKeys(root, profileType, ""); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	profile := &Profile{source: text}
	if err := root.Decode(profile); err != nil {
		return nil, fmt.Errorf("profile: %s", plainYAMLError(err))
	}
	if byName && len(root.Content) == 2 && profile.Name != "" {
		return BuiltInProfile(profile.Name)
	}
	if err := profile.check(root); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return profile, nil
}

const (
	defaultTarpit = 5 * time.Second
	defaultStall  = 10 * time.Minute
)
