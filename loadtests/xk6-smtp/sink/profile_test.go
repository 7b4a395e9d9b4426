package sink

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBuiltInProfiles(t *testing.T) {
	require.Equal(t, []string{"accept", "full", "gmail", "greylist", "microsoft", "slow", "stormy421", "tarpit", "yahoo"},
		BuiltInProfiles())
	for _, name := range BuiltInProfiles() {
		profile, err := BuiltInProfile(name)
		require.NoError(t, err)
		require.Equal(t, name, profile.Name)
		again, err := ParseProfile(profile.source)
		require.NoError(t, err, "as a file")
		require.Equal(t, profile, again)
		byName, err := ParseProfile([]byte(`{"name":"` + name + `"}`))
		require.NoError(t, err)
		require.Equal(t, profile, byName)
	}
}

// The providers answer with their own codes, as documented in their files.
func TestProviderReplies(t *testing.T) {
	for name, replies := range map[string][]string{
		"gmail":     {"220 mx.google.com ESMTP", "550 5.1.1 The email account", "452 4.2.2 The recipient's inbox"},
		"microsoft": {"220 localhost Microsoft ESMTP", "550 5.1.10 RESOLVER.ADR", "452 4.2.2 Mailbox full"},
	} {
		profile, err := BuiltInProfile(name)
		require.NoError(t, err)
		server := start(t, Config{Profile: profile})
		c := dial(t, server.Address())
		c.want(replies[0])
		c.say("EHLO test.example", "250")
		c.say("MAIL FROM:<a@b.example>", "250")
		c.say("RCPT TO:<unknown1@b.example>", replies[1])
		c.say("RCPT TO:<full1@b.example>", replies[2])
	}
	profile, err := BuiltInProfile("yahoo")
	require.NoError(t, err)
	require.EqualValues(t, 20, profile.Limits.MessagesPerConnection)
}

func TestBadProfiles(t *testing.T) {
	for text, message := range map[string]string{
		"":                               "profile: the document is empty; write for example `name: accept`",
		"# nothing":                      "profile: the document is empty; write for example `name: accept`",
		"name: gmial":                    `profile: "gmial" is not built in; those are accept, full, gmail, greylist, microsoft, slow, stormy421, tarpit, yahoo`,
		"name: a\n---\nname: b":          "profile: more than one document",
		"- a":                            "profile: line 1: a profile takes keys and values",
		"a: [":                           "profile: line 1: did not find expected node content",
		"latancy: {}":                    `profile: line 1: unknown key "latancy"; did you mean "latency"?`,
		"limits:\n  conections: 3":       `profile: line 2: unknown key "conections" in limits; did you mean "connections"?`,
		"latency:\n  rctp: {}":           `profile: line 2: unknown key "rctp" in latency; did you mean "rcpt"?`,
		"storage_full_after: { x: 1 }":   `profile: line 1: unknown key "x" in storage_full_after; known are messages, bytes`,
		"name: a\nname: b":               `profile: line 2: key "name" comes twice`,
		"limits: &a {}\ngreylist: *a":    "profile: line 1: anchors and aliases have no place in a profile",
		"limits: 3":                      "profile: line 1: limits takes keys and values",
		"name: [a]":                      "profile: line 1: name takes one value",
		"rules: {}":                      "profile: line 1: rules takes a list",
		"latency: { rcpt: {} }\nrules:":  "profile: line 2: rules takes a list",
		"greylist: {}\n":                 "profile: line 1: greylist needs a delay, for example 5m",
		"greylist: { delay: soon }":      `profile: line 1: "soon" is no duration from 0s to 24h; write for example 250us, 20ms, 1.5s or 5m`,
		"greylist: { delay: -1s }":       `profile: line 1: "-1s" is no duration from 0s to 24h; write for example 250us, 20ms, 1.5s or 5m`,
		"limits: { size: big }":          `profile: line 1: "big" is no size; write for example 500, 10KB, 25MB or 1GiB`,
		"limits: { connections: -1 }":    `profile: line 1: "-1" is no whole number of 0 or more`,
		"limits: { rate: { per: 1s } }":  "profile: line 1: limits.rate needs messages, for example 100",
		"without: [PIPELININ]":           `profile: line 1: "PIPELININ" is no extension; did you mean "PIPELINING"?`,
		"replies: { banner: hello }":     `profile: line 1: "hello" is no reply; write a code and a text of up to 500 octets, for example "451 4.7.1 Try again later"`,
		"replies: { banner: \"999 x\" }": `profile: line 1: "999 x" is no reply; write a code and a text of up to 500 octets, for example "451 4.7.1 Try again later"`,
		"rules: [{ reply: 450 x }]":      "profile: line 1: rule 1: needs a phase, for example rcpt",
		"rules:\n  - phase: rcpt":        `profile: line 2: rule 1: needs a reply, for example "451 4.7.1 Try again later", or another action`,
		"rules: [{ phase: recpt }]":      `profile: line 1: "recpt" is no phase; did you mean "rcpt"?`,
		"rules: [{ phase: mail, probability: 2, reply: 450 x }]":            `profile: line 1: "2" is no probability; write a number from 0 to 1, for example 0.05`,
		"rules: [{ phase: mail, probability: .nan, reply: 450 x }]":         `profile: line 1: ".nan" is no probability; write a number from 0 to 1, for example 0.05`,
		"rules: [{ phase: mail, action: explode }]":                         `profile: line 1: "explode" is no action; known are reply, close, reset, tarpit, stall`,
		"rules: [{ phase: mail, action: reset, reply: 450 x }]":             "profile: line 1: rule 1: action reset sends no reply; leave it out",
		"rules: [{ phase: mail, reply: 450 x, for: 1s }]":                   "profile: line 1: rule 1: `for` belongs to the actions tarpit and stall",
		"rules: [{ phase: mail, reply: 450 x, match: { domain: x } }]":      "profile: line 1: rule 1: match knows recipients only in the phases rcpt, data and accepting",
		"rules: [{ phase: mail, reply: 250 x }]":                            "profile: line 1: rule 1: the reply of a rule is a refusal, 4xx or 5xx",
		"latency:\n  mail: { stall: { every: 1s, for: 1s } }":               "profile: line 2: latency.mail.stall needs `every` and a shorter `for`, for example {every: 10s, for: 1s}",
		"latency: { mail: { uniform: { min: 2s, max: 1s } } }":              "profile: line 1: latency.mail.uniform has a max below its min",
		"latency: { mail: { normal: { deviation: 1s } } }":                  "profile: line 1: latency.mail.normal needs a mean, for example {mean: 20ms, deviation: 5ms}",
		"latency: { mail: { lognormal: { median: 1s } } }":                  "profile: line 1: latency.mail.lognormal needs a median and a sigma above 0, for example {median: 20ms, sigma: 0.8}",
		"latency: { mail: { pareto: { min: 1s, shape: .inf } } }":           "profile: line 1: latency.mail.pareto needs a min and a shape above 0, for example {min: 1ms, shape: 1.5}",
		"latency: { mail: { lognormal: { median: 1s, sigma: wide } } }":     `profile: line 1: "wide" is no number`,
		"limits: { rate: { messages: 1, mode: deferr } }":                   `profile: line 1: "deferr" is no mode; did you mean "defer"?`,
		"greylist: { delay: 1s, key: [sendr] }":                             `profile: line 1: "sendr" is no part of the key; did you mean "sender"?`,
		"limits: { rate: { messages: 1000000000000, per: 1s, mode: slow }}": "profile: line 1: limits.rate allows more than one message in a nanosecond",
	} {
		_, err := ParseProfile([]byte(text))
		require.EqualError(t, err, message, text)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{"500": 500, "10KB": 10_000, "25 mb": 25_000_000, "1GiB": 1 << 30} {
		got, err := ParseSize(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestDistributions(t *testing.T) {
	profile, err := ParseProfile([]byte(`
latency:
  mail: { uniform: { min: 1ms, max: 3ms } }
  rcpt: { normal: { mean: 10ms, deviation: 2ms, max: 12ms } }
  data: { lognormal: { median: 20ms, sigma: 0.5 } }
  accepting: { pareto: { min: 1ms, shape: 2, max: 50ms } }
`))
	require.NoError(t, err)
	server := start(t, Config{Profile: profile, Seed: 3})
	c := &conn{server: server, number: 1}
	const draws = 20_000
	of := func(phase string) (mean, least, most time.Duration, below int) {
		latency := profile.Latency[phase]
		least = time.Hour
		for range draws {
			d := latency.draw(c.chance(), 0)
			mean, least, most = mean+d, min(least, d), max(most, d)
			if d < 20*time.Millisecond {
				below++
			}
		}
		return mean / draws, least, most, below
	}
	near := func(want, got time.Duration) {
		t.Helper()
		require.InEpsilon(t, want, got, 0.05)
	}
	mean, least, most, _ := of("mail")
	near(2*time.Millisecond, mean)
	require.GreaterOrEqual(t, least, time.Millisecond)
	require.Less(t, most, 3*time.Millisecond)
	mean, _, most, _ = of("rcpt")
	near(10*time.Millisecond, mean)
	require.Equal(t, 12*time.Millisecond, most)
	_, _, _, below := of("data")
	require.InEpsilon(t, draws/2, below, 0.05)
	mean, least, most, _ = of("accepting")
	near(1980*time.Microsecond, mean)
	require.GreaterOrEqual(t, least, time.Millisecond)
	require.LessOrEqual(t, most, 50*time.Millisecond)
}

func TestStallByTheClock(t *testing.T) {
	stall := Stall{Every: Duration(10 * time.Second), For: Duration(time.Second)}
	for at, rest := range map[time.Duration]time.Duration{
		0: 0, 8999 * time.Millisecond: 0, 9 * time.Second: time.Second, 9500 * time.Millisecond: 500 * time.Millisecond,
		10 * time.Second: 0, 19900 * time.Millisecond: 100 * time.Millisecond,
	} {
		require.Equal(t, rest, stall.rest(at), "%s", at)
	}
}

// Every key of a profile is in the README, and every example there can be read.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../cmd/mailgauge-sink/README.md")
	require.NoError(t, err)
	examples := strings.Split(string(text), "```yaml\n")[1:]
	require.NotEmpty(t, examples)
	for _, example := range examples {
		example, _, _ = strings.Cut(example, "```")
		_, err := ParseProfile([]byte(example))
		require.NoError(t, err, example)
	}
	for _, name := range append(BuiltInProfiles(), phaseNames[:]...) {
		require.Contains(t, string(text), "`"+name+"`")
	}
}
