package sink

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLockstep(t *testing.T) {
	server := start(t, Config{})
	c := dial(t, server.Address())
	require.Contains(t, c.want("220"), "Mailgauge sink")
	extensions := c.say("EHLO test.example", "250")
	for _, name := range []string{"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN", "ENHANCEDSTATUSCODES", "STARTTLS", "XCLIENT"} {
		require.Contains(t, extensions, name)
	}
	require.NotContains(t, extensions, "AUTH")
	require.True(t, strings.HasPrefix(c.deliver("Subject: a\r\n\r\nbody"), "250 2.0.0 Ok: queued as 1-1"))
	require.True(t, strings.HasPrefix(c.deliver(""), "250 2.0.0 Ok: queued as 1-2"))
	c.say("VRFY someone", "252")
	c.say("HELP", "214")
	c.say("NOOP", "250")
	c.say("RSET", "250")
	c.say("QUIT", "221")
	require.NoError(t, c.wantEnd())
	stats := server.Stats()
	require.EqualValues(t, 2, stats.Messages["accepted"])
	require.EqualValues(t, 2, stats.Replies["rcpt"]["250"])
	require.EqualValues(t, 1, stats.Replies["quit"]["221"])
}

func TestPipelinedInOneWrite(t *testing.T) {
	server := start(t, Config{})
	c := greet(t, server)
	const messages = 200
	var all strings.Builder
	for range messages {
		all.WriteString("MAIL FROM:<a@b.example> BODY=8BITMIME\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@d.example>\r\nDATA\r\n" +
			"Subject: x\r\n\r\n..dot\r\n.\r\n")
	}
	all.WriteString("QUIT\r\n")
	go func() { _, _ = c.conn.Write([]byte(all.String())) }()
	for range messages {
		for _, reply := range []string{"250 2.1.0", "250 2.1.5", "250 2.1.5", "354", "250 2.0.0"} {
			c.want(reply)
		}
	}
	c.want("221")
	require.EqualValues(t, 2*messages, server.Stats().Recipients)
}

// The text may be cut anywhere: within the final dot, the header, the token.
func TestTextCutAnywhere(t *testing.T) {
	server := start(t, Config{})
	c := greet(t, server)
	sent := time.Now()
	for n := range uint64(90) {
		text := "Subject: x\r\nX-Mailgauge-Token: " + tokenOf("cutrun00", 1, n+1, sent) + "\r\n\r\nbody\r\n.\r\n"
		cut := int(n) * len(text) / 90
		c.send("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + text[:cut])
		c.want("250")
		c.want("250")
		c.want("354")
		c.send(text[cut:])
		c.want("250 2.0.0")
	}
	report, ok := server.Run("cutrun00")
	require.True(t, ok)
	require.EqualValues(t, 90, report.Arrived)
	require.Zero(t, report.MissingCount)
}

// Only CRLF.CRLF ends a message.
func TestNoSmuggling(t *testing.T) {
	server := start(t, Config{})
	c := greet(t, server)
	for _, wrong := range []string{"\n.\n", "\r.\r", "\r\n.\n", "\n.\r\n", "\r\n.\r", "\r\n.\r\r\n"} {
		require.True(t, strings.HasPrefix(c.deliver("a: b\r\n\r\nx"+wrong+"MAIL FROM:<evil@test.example>"), "250"), "%q", wrong)
	}
	require.EqualValues(t, 6, server.Stats().Messages["accepted"])
}

func TestLargeMessageAndSize(t *testing.T) {
	server := start(t, Config{MaxSize: 300_000})
	c := greet(t, server)
	require.True(t, strings.HasPrefix(c.deliver(strings.Repeat("0123456789\r\n", 20_000)), "250"))
	require.True(t, strings.HasPrefix(c.deliver(strings.Repeat("0123456789\r\n", 30_000)), "552 5.3.4"))
	c.say("MAIL FROM:<a@b.example> SIZE=300001", "552 5.3.4")
	c.say("MAIL FROM:<a@b.example> SIZE=nought", "501")
	c.say("MAIL FROM:<a@b.example> SIZE=300000", "250")
	require.EqualValues(t, 1, server.Stats().Messages["rejected"])
}

func TestChunks(t *testing.T) {
	server := start(t, Config{})
	c := greet(t, server)
	text := "X-Mailgauge-Token: " + tokenOf("bdatrun0", 1, 1, time.Now()) + "\r\n\r\n.\r\nnot the end\r\n.\r\n"
	const window = 10
	var all strings.Builder
	for range window {
		fmt.Fprintf(&all, "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 5\r\n%sBDAT %d LAST\r\n%s",
			text[:5], len(text)-5, text[5:])
	}
	go func() { _, _ = c.conn.Write([]byte(all.String())) }()
	for range window {
		for _, reply := range []string{"250 2.1.0", "250 2.1.5", "250 2.0.0 Ok", "250 2.0.0 Ok: queued"} {
			c.want(reply)
		}
	}
	report, _ := server.Run("bdatrun0")
	require.EqualValues(t, 1, report.Arrived)
	require.EqualValues(t, window-1, report.Duplicates)
	require.EqualValues(t, window*len(text), server.Stats().Octets)
}

func TestChunksOutOfPlace(t *testing.T) {
	server := start(t, Config{})
	c := greet(t, server)
	c.send("BDAT 4 LAST\r\nQUITNOOP\r\n") // the octets of a refused chunk are no commands
	c.want("503")
	c.want("250")
	c.say("MAIL FROM:<a@b.example>", "250")
	c.send("BDAT 3\r\nabc")
	c.want("503 5.5.1 No valid recipients")
	c.say("MAIL FROM:<a@b.example>", "250")
	c.say("RCPT TO:<c@d.example>", "250")
	c.send("BDAT 3\r\nabc")
	c.want("250")
	c.say("DATA", "503")
	c.say("RCPT TO:<e@d.example>", "503")
	c.say("RSET", "250")
	require.EqualValues(t, 1, server.Stats().Messages["aborted"])
	c.say("BDAT many", "501")
	require.NoError(t, c.wantEnd())
}

func TestLMTP(t *testing.T) {
	profile, err := ParseProfile([]byte(`
rules:
  - { phase: accepting, match: { recipient: "full@*" }, reply: "452 4.2.2 Mailbox full" }
`))
	require.NoError(t, err)
	server := start(t, Config{Listen: []Listen{{"127.0.0.1:0", LMTP}}, Profile: profile})
	c := dial(t, server.Address())
	c.want("220")
	c.say("EHLO test.example", "500")
	c.say("LHLO test.example", "250")
	c.say("MAIL FROM:<>", "250")
	for _, name := range []string{"one", "full", "two"} {
		c.say("RCPT TO:<"+name+"@test.example>", "250")
	}
	c.say("DATA", "354")
	c.send("a: b\r\n.\r\n")
	c.want("250 2.0.0")
	c.want("452 4.2.2")
	c.want("250 2.0.0")
	c.say("MAIL FROM:<>", "250")
	c.say("RCPT TO:<full@test.example>", "250")
	c.say("DATA", "354")
	c.send(".\r\n")
	c.want("452 4.2.2")
	stats := server.Stats()
	require.EqualValues(t, 1, stats.Messages["accepted"])
	require.EqualValues(t, 1, stats.Messages["deferred"])
	require.EqualValues(t, 2, stats.Recipients)
}

func TestWrongCommands(t *testing.T) {
	server := start(t, Config{})
	c := dial(t, server.Address())
	c.want("220")
	c.say("MAIL FROM:<a@b.example>", "503 5.5.1 Say EHLO first")
	c.say("LHLO test.example", "500")
	c.say("EHLO", "501")
	c.say("helo test.example", "250 localhost")
	for command, reply := range map[string]string{
		"": "500", "XYZZY": "500", "VERYLONGVERB": "500", "MAIL": "501", "MAIL TO:<a@b.example>": "501",
		"MAIL FROM:a@b.example": "501", "MAIL FROM:<a@b.example": "501", "MAIL FROM:<a@b.example>x": "501",
		"RCPT TO:<a@b.example>": "503", "DATA": "503", "AUTH PLAIN": "504", "STARTTLS now": "501",
		"NOOP " + strings.Repeat("x", maxLine): "500 5.5.2 Line too long", strings.Repeat("y", 3*largeBuffer): "500 5.5.2 Line too long",
	} {
		c.say(command, reply)
	}
	c.say("MAIL FROM: <\"a>b\"@b.example>", "250")
	c.say("MAIL FROM:<a@b.example>", "503")
	c.say("RCPT TO:<>", "501")
	c.say("DATA", "503 5.5.1 No valid recipients")
	c.send(strings.Repeat("XYZZY\r\n", maxErrors))
	reply := c.want("500")
	for !strings.HasPrefix(reply, "421") {
		reply = c.want("")
	}
	require.NoError(t, c.wantEnd())
}

func TestXClient(t *testing.T) {
	server := startProfile(t, "greylist: { delay: 1h, key: [client] }")
	c := greet(t, server)
	c.say("XCLIENT ADDR=IPV6:2001:db8::1 NAME=[UNAVAILABLE]", "220")
	c.say("MAIL FROM:<a@b.example>", "503")
	c.say("XCLIENT", "501")
	c.say("XCLIENT ADDR", "501")
	require.EqualValues(t, 1, server.Stats().Replies["xclient"]["220"])
}

func TestIdleConnection(t *testing.T) {
	server := start(t, Config{Idle: 50 * time.Millisecond})
	c := dial(t, server.Address())
	c.want("220")
	c.want("421 4.4.2")
	require.NoError(t, c.wantEnd())
}

func TestCloseEndsConnections(t *testing.T) {
	server := startProfile(t, "latency: { noop: { constant: 1h } }")
	c := greet(t, server)
	c.send("NOOP\r\n")
	require.NoError(t, server.Close())
	require.EqualValues(t, 0, server.Stats().Connections.Active)
}

func TestAddressInUse(t *testing.T) {
	server := start(t, Config{})
	_, err := Start(Config{Listen: []Listen{{server.Address(), SMTP}}})
	require.ErrorContains(t, err, "address already in use")
}
