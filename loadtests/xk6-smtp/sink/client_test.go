package sink

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// start runs a sink for one test.
func start(tb testing.TB, config Config) *Server {
	tb.Helper()
	server, err := Start(config)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = server.Close() })
	return server
}

// startProfile runs a sink with a profile in YAML.
func startProfile(tb testing.TB, text string) *Server {
	tb.Helper()
	profile, err := ParseProfile([]byte(text))
	require.NoError(tb, err)
	return start(tb, Config{Profile: profile, Seed: 7})
}

// client speaks SMTP line by line.
type client struct {
	t    testing.TB
	conn net.Conn
	read *bufio.Reader
}

const patience = 20 * time.Second

// dial connects and does not wait for the banner.
func dial(tb testing.TB, address string) *client {
	tb.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = conn.Close() })
	require.NoError(tb, conn.SetDeadline(time.Now().Add(patience)))
	return &client{t: tb, conn: conn, read: bufio.NewReader(conn)}
}

// greet connects and says EHLO.
func greet(tb testing.TB, server *Server) *client {
	tb.Helper()
	c := dial(tb, server.Address())
	c.want("220")
	c.say("EHLO test.example", "250")
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	_, err := io.WriteString(c.conn, text)
	require.NoError(c.t, err)
}

// reply reads one reply, whose lines it joins by "\n".
func (c *client) reply() (string, error) {
	var lines []string
	for {
		line, err := c.read.ReadString('\n')
		if err != nil {
			return "", err
		}
		line = strings.TrimSuffix(line, "\r\n")
		lines = append(lines, line)
		if len(line) < 4 || line[3] != '-' {
			return strings.Join(lines, "\n"), nil
		}
	}
}

// want reads a reply that begins so.
func (c *client) want(beginning string) string {
	c.t.Helper()
	reply, err := c.reply()
	require.NoError(c.t, err, "waiting for %s", beginning)
	require.Truef(c.t, strings.HasPrefix(reply, beginning), "%q instead of %s", reply, beginning)
	return reply
}

func (c *client) say(command, beginning string) string {
	c.t.Helper()
	c.send(command + "\r\n")
	return c.want(beginning)
}

// wantEnd reads to the end of the connection and tells whether it was an orderly one.
func (c *client) wantEnd() error {
	c.t.Helper()
	_, err := c.read.ReadByte()
	require.Error(c.t, err)
	if err == io.EOF {
		return nil
	}
	return err
}

// deliver sends one message in lockstep and gives the reply to its end.
func (c *client) deliver(message string) string {
	c.t.Helper()
	c.say("MAIL FROM:<sender@test.example>", "250")
	c.say("RCPT TO:<recipient@test.example>", "250")
	c.say("DATA", "354")
	c.send(message + "\r\n.\r\n")
	reply, err := c.reply()
	require.NoError(c.t, err)
	return reply
}

func (c *client) startTLS(config *tls.Config) *tls.Conn {
	c.t.Helper()
	c.say("STARTTLS", "220")
	secure := tls.Client(c.conn, config)
	require.NoError(c.t, secure.Handshake())
	c.conn, c.read = secure, bufio.NewReader(secure)
	return secure
}

func trust(tb testing.TB, server *Server) *tls.Config {
	tb.Helper()
	pool := x509.NewCertPool()
	require.True(tb, pool.AppendCertsFromPEM(server.CA()))
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

// tokenOf makes the token of a message sent at a time.
func tokenOf(run string, vu, n uint64, sent time.Time) string {
	return fmt.Sprintf("%s-%s-%s-%s", run, base36(vu, vuWidth), base36(n, counterWidth),
		base36(uint64(sent.UnixMicro()), sentWidth))
}

func base36(n uint64, width int) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	text := make([]byte, width)
	for i := range text {
		text[width-1-i] = digits[n%36]
		n /= 36
	}
	return string(text)
}
