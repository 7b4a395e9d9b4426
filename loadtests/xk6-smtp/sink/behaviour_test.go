package sink

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRuleReplies(t *testing.T) {
	server := startProfile(t, `
rules:
  - { phase: ehlo, probability: 0, reply: "550 never" }
  - { phase: mail, probability: 0, reply: "451 never" }
  - { phase: rcpt, match: { domain: "*.slow.example" }, reply: "451 4.7.1 Later {client} {hostname}" }
  - { phase: rcpt, match: { recipient: "nobody@*", domain: "test.example" }, reply: "550 5.1.1 No such user\n550 5.1.1 At all" }
  - { phase: data, match: { recipient: "data*" }, reply: "452 4.3.1 Not now" }
  - { phase: accepting, match: { recipient: "spam?@*" }, reply: "554 5.7.1 Spam" }
`)
	c := greet(t, server)
	c.say("MAIL FROM:<a@b.example>", "250")
	c.say("RCPT TO:<x@A.SLOW.example>", "451 4.7.1 Later 127.0.0.1 localhost")
	require.Equal(t, "550-5.1.1 No such user\n550 5.1.1 At all", c.say("RCPT TO:<Nobody@Test.Example>", "550"))
	c.say("RCPT TO:<nobody@other.example>", "250")
	c.say("RCPT TO:<data@test.example>", "250")
	c.say("DATA", "452 4.3.1")
	c.say("DATA", "503")
	c.say("MAIL FROM:<a@b.example>", "250")
	c.say("RCPT TO:<fine@test.example>", "250")
	c.say("RCPT TO:<spam1@test.example>", "250")
	c.say("DATA", "354")
	c.send("a: b\r\n.\r\n")
	c.want("554 5.7.1 Spam")
	require.EqualValues(t, 1, server.Stats().Messages["rejected"])
}

func TestRuleActions(t *testing.T) {
	for _, c := range []struct {
		rule  string
		reply string
		reset bool
	}{
		{`{ phase: noop, reply: "421 4.3.2 Going down" }`, "421", false},
		{`{ phase: noop, action: close }`, "", false},
		{`{ phase: noop, action: close, reply: "550 5.7.1 Enough" }`, "550", false},
		{`{ phase: noop, action: stall, for: 1ms }`, "", false},
		{`{ phase: noop, action: reset }`, "", true},
	} {
		client := greet(t, startProfile(t, "rules: ["+c.rule+"]"))
		client.send("NOOP\r\n")
		if c.reply != "" {
			client.want(c.reply)
		}
		err := client.wantEnd()
		require.Equal(t, c.reset, err != nil, "%s: %v", c.rule, err)
	}
}

func TestBannerThatRefuses(t *testing.T) {
	server := startProfile(t, `rules: [{ phase: banner, reply: "554 5.7.1 No" }]`)
	c := dial(t, server.Address())
	c.want("554")
	require.NoError(t, c.wantEnd())
}

func TestMessageLostAtItsEnd(t *testing.T) {
	server := startProfile(t, `rules: [{ phase: accepting, action: reset }]`)
	c := greet(t, server)
	c.say("MAIL FROM:<a@b.example>", "250")
	c.say("RCPT TO:<a@b.example>", "250")
	c.say("DATA", "354")
	c.send("X-Mailgauge-Token: " + tokenOf("lostrun0", 1, 1, time.Now()) + "\r\n\r\n.\r\n")
	require.Error(t, c.wantEnd())
	require.EqualValues(t, 1, server.Stats().Messages["aborted"])
	_, ok := server.Run("lostrun0")
	require.False(t, ok)
}

func TestTarpit(t *testing.T) {
	server := startProfile(t, `rules: [{ phase: ehlo, action: tarpit, for: 20ms }]`)
	c := greet(t, server)
	begun := time.Now()
	c.say("NOOP", "250 2.0.0 Ok")
	require.GreaterOrEqual(t, time.Since(begun), 18*time.Millisecond)
	require.Contains(t, c.deliver("a: b"), "250 2.0.0 Ok: queued as")
}

func TestLatency(t *testing.T) {
	server := startProfile(t, "latency: { noop: { constant: 30ms }, all: { uniform: { min: 5ms, max: 6ms } } }")
	c := greet(t, server)
	c.send("RSET\r\nNOOP\r\n") // the first reply does not wait for the second
	begun := time.Now()
	c.want("250")
	c.want("250")
	require.GreaterOrEqual(t, time.Since(begun), 30*time.Millisecond)
}

func TestStallHoldsUpEveryPhase(t *testing.T) {
	server := startProfile(t, "latency: { all: { stall: { every: 60ms, for: 40ms } } }")
	c := greet(t, server)
	var longest time.Duration
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		begun := time.Now()
		c.say("NOOP", "250")
		longest = max(longest, time.Since(begun))
	}
	require.GreaterOrEqual(t, longest, 30*time.Millisecond)
}

func TestGreylist(t *testing.T) {
	server := startProfile(t, "greylist: { delay: 50ms }")
	c := greet(t, server)
	for _, recipient := range []string{"one", "two"} {
		c.say("MAIL FROM:<a@b.example>", "250")
		begun := time.Now()
		for c.say("RCPT TO:<"+recipient+"@test.example>", "")[:3] != "250" {
			c.say("NOOP", "250")
		}
		require.GreaterOrEqual(t, time.Since(begun), 50*time.Millisecond)
		c.say("RSET", "250")
	}
	c.say("MAIL FROM:<A@B.example>", "250")
	c.say("RCPT TO:<ONE@test.example>", "250")
	c.say("RSET", "250")
	c.say("MAIL FROM:<other@b.example>", "250")
	c.say("RCPT TO:<one@test.example>", "450 4.7.1")
	c.say("RSET", "250")
	c.say("XCLIENT ADDR=127.0.0.99", "220") // the same /24
	c.say("EHLO test.example", "250")
	c.say("MAIL FROM:<a@b.example>", "250")
	c.say("RCPT TO:<one@test.example>", "250")
	c.say("RSET", "250")
	c.say("XCLIENT ADDR=192.0.2.1", "220")
	c.say("EHLO test.example", "250")
	c.say("MAIL FROM:<a@b.example>", "250")
	c.say("RCPT TO:<one@test.example>", "450")
}

func TestConnectionLimit(t *testing.T) {
	server := startProfile(t, "limits: { connections: 2 }")
	first := greet(t, server)
	greet(t, server)
	third := dial(t, server.Address())
	third.want("421 4.7.0")
	require.NoError(t, third.wantEnd())
	first.say("QUIT", "221")
	require.NoError(t, first.wantEnd())
	greet(t, server)
	require.EqualValues(t, 1, server.Stats().Connections.Refused)
}

func TestMessagesPerConnectionAndRecipients(t *testing.T) {
	server := startProfile(t, "limits: { messages_per_connection: 1, recipients: 1 }")
	c := greet(t, server)
	c.say("MAIL FROM:<a@b.example>", "250")
	c.say("RCPT TO:<a@b.example>", "250")
	c.say("RCPT TO:<b@b.example>", "452 4.5.3")
	c.say("DATA", "354")
	c.say(".", "250")
	c.say("MAIL FROM:<a@b.example>", "421")
	require.NoError(t, c.wantEnd())
}

func TestRateDefers(t *testing.T) {
	server := startProfile(t, "limits: { rate: { messages: 1, per: 1h, burst: 2, mode: defer } }")
	c := greet(t, server)
	require.Contains(t, c.deliver("a: b"), "250")
	require.Contains(t, c.deliver("a: b"), "250")
	c.say("MAIL FROM:<a@b.example>", "450 4.7.1")
}

func TestRateSlows(t *testing.T) {
	server := startProfile(t, "limits: { rate: { messages: 100, mode: slow } }")
	c := greet(t, server)
	begun := time.Now()
	for range 6 {
		require.Contains(t, c.deliver("a: b"), "250")
	}
	require.GreaterOrEqual(t, time.Since(begun), 50*time.Millisecond)
}

func TestStorageFull(t *testing.T) {
	server := startProfile(t, "storage_full_after: { messages: 2 }")
	c, other := greet(t, server), greet(t, server)
	require.Contains(t, c.deliver("a: b"), "250")
	other.say("MAIL FROM:<a@b.example>", "250")
	other.say("RCPT TO:<a@b.example>", "250")
	other.say("DATA", "354")
	require.Contains(t, c.deliver("a: b"), "250")
	c.say("MAIL FROM:<a@b.example>", "452 4.3.1")
	other.say(".", "452 4.3.1")
	require.EqualValues(t, 1, server.Stats().Messages["deferred"])

	server = startProfile(t, "storage_full_after: { bytes: 10 }")
	c = greet(t, server)
	require.Contains(t, c.deliver("1234"), "250")
	require.Contains(t, c.deliver("12345"), "452")
	c.say("MAIL FROM:<a@b.example>", "452")
}

func TestWithout(t *testing.T) {
	server := startProfile(t, "without: [CHUNKING, STARTTLS, XCLIENT]")
	c := dial(t, server.Address())
	c.want("220")
	extensions := c.say("EHLO test.example", "250")
	require.NotContains(t, extensions, "CHUNKING")
	require.True(t, strings.HasSuffix(extensions, "250 ENHANCEDSTATUSCODES"), extensions)
	c.say("STARTTLS", "503")
}

// conversation gives all replies of a few connections, as one text.
func conversation(t *testing.T, seed uint64) string {
	t.Helper()
	profile, err := ParseProfile([]byte(`
rules:
  - { phase: noop, probability: 0.3, reply: "451 4.7.1 Perhaps" }
  - { phase: rset, probability: 0.5, reply: "450 4.7.1 Perhaps" }
latency: { noop: { lognormal: { median: 1us, sigma: 1 }, normal: { mean: 1us, deviation: 1us }, pareto: { min: 1us, shape: 2 } } }
`))
	require.NoError(t, err)
	server := start(t, Config{Profile: profile, Seed: seed})
	var all strings.Builder
	for range 3 {
		c := greet(t, server)
		for range 30 {
			fmt.Fprint(&all, c.say("NOOP", "")[:3], c.say("RSET", "")[:3])
		}
		all.WriteByte('\n')
	}
	return all.String()
}

func TestSeedDecides(t *testing.T) {
	first := conversation(t, 42)
	require.Equal(t, first, conversation(t, 42))
	require.NotEqual(t, first, conversation(t, 43))
	lines := strings.Split(first, "\n")
	require.NotEqual(t, lines[0], lines[1], "each connection has its own")
}

func TestResetBeginsChanceAnew(t *testing.T) {
	server := startProfile(t, `rules: [{ phase: noop, probability: 0.5, reply: "451 4.7.1 Perhaps" }]`)
	var rounds [2]string
	for i := range rounds {
		c := greet(t, server)
		for range 40 {
			rounds[i] += c.say("NOOP", "")[:3]
		}
		server.Reset()
	}
	require.Equal(t, rounds[0], rounds[1])
	require.Empty(t, server.Stats().Replies)
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		match         bool
	}{
		{"*", "", true},
		{"a*c", "abbc", true},
		{"a*c", "abbd", false},
		{"*@*.Example", "x@Y.eXample", true},
		{"?", "", false},
		{"a?c*", "abc", true},
		{"**a**", "bab", true},
		{"", "a", false},
	} {
		require.Equal(t, c.match, glob(c.pattern, []byte(c.text)), "%s %s", c.pattern, c.text)
	}
}
