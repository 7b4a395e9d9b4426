package sink

import (
	"bufio"
	"crypto/tls"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStartTLS(t *testing.T) {
	server := start(t, Config{})
	c := greet(t, server)
	state := c.startTLS(trust(t, server)).ConnectionState()
	require.Equal(t, uint16(tls.VersionTLS13), state.Version)
	c.say("MAIL FROM:<a@b.example>", "503 5.5.1 Say EHLO first")
	require.NotContains(t, c.say("EHLO test.example", "250"), "STARTTLS")
	c.say("STARTTLS", "503")
	require.Contains(t, c.deliver("a: b"), "250")
	require.EqualValues(t, 1, server.Stats().Connections.FullHandshakes)
}

func TestPlaintextBehindStartTLSIsDropped(t *testing.T) {
	server := start(t, Config{})
	c := greet(t, server)
	c.send("STARTTLS\r\nEHLO injected\r\n")
	c.want("220")
	secure := tls.Client(c.conn, trust(t, server))
	require.NoError(t, secure.Handshake())
	c.conn, c.read = secure, bufio.NewReader(secure)
	c.say("NOOP", "250 2.0.0 Ok")
	require.EqualValues(t, len("EHLO injected\r\n"), server.Stats().Connections.PlaintextDropped)
	require.EqualValues(t, 1, server.Stats().Replies["ehlo"]["250"])
}

func TestImplicitTLSAndResumption(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := start(t, Config{Listen: []Listen{{"127.0.0.1:0", TLS}}})
		config := trust(t, server)
		config.MinVersion, config.MaxVersion = version, version
		config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		for round := range 3 {
			c := dial(t, server.Address())
			secure := tls.Client(c.conn, config)
			c.conn, c.read = secure, bufio.NewReader(secure)
			c.want("220")
			require.Equal(t, round > 0, secure.ConnectionState().DidResume)
			c.say("QUIT", "221")
			require.NoError(t, c.wantEnd())
		}
		require.Equal(t, Connections{
			Total: 3, Implicit: 3, FullHandshakes: 1, ResumedHandshakes: 2,
			Active: server.Stats().Connections.Active,
		}, server.Stats().Connections)
	}
}

func TestHandshakeThatFails(t *testing.T) {
	server := start(t, Config{})
	c := greet(t, server)
	c.send("STARTTLS\r\n")
	c.want("220")
	c.send("this is no TLS\r\n")
	_, _ = c.read.ReadString(0)
	require.Eventually(t, func() bool { return server.Stats().Connections.HandshakeErrors == 1 }, patience, time.Millisecond)
}

func TestOwnCertificate(t *testing.T) {
	certificate, authority, err := generateCertificate("mx.test.example")
	require.NoError(t, err)
	server := start(t, Config{Certificate: &certificate})
	require.Nil(t, server.CA())
	server.ca = authority
	config := trust(t, server)
	config.ServerName = "mx.test.example"
	greet(t, server).startTLS(config)
}
