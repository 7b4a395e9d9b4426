package smtp

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// TLSMode says when TLS begins.
type TLSMode uint8

// Opportunistic takes STARTTLS when it is offered, StartTLSRequired gives up without it, and Implicit begins with TLS.
const (
	NoTLS TLSMode = iota
	Opportunistic
	StartTLSRequired
	Implicit
)

// ClassicCurves as tls.Config.CurvePreferences leaves the post-quantum hybrid out, which saves about 0.3 ms of CPU in
// each full handshake.
var ClassicCurves = []tls.CurveID{tls.X25519, tls.CurveP256}

// Timeouts bound each step. Zero values take the defaults.
type Timeouts struct {
	Connect time.Duration // look-up and TCP connect; default 10 s
	Command time.Duration // each reply from the banner on; default 30 s
	Data    time.Duration // final dot to its reply, and each write; default 120 s
}

// XClientAttr is one attribute of XCLIENT, such as ADDR.
type XClientAttr struct{ Name, Value string }

// Config is what all sessions of a client share. It is not changed by them and must not change while they use it.
type Config struct {
	Host string
	Port int
	LMTP bool   // RFC 2033: LHLO, and one reply for each recipient after the final dot
	EHLO string // default "localhost"
	TLS  TLSMode
	// TLSConfig is used as it is; only an empty ServerName becomes Host. Resumption needs its ClientSessionCache, which
	// the caller owns.
	TLSConfig  *tls.Config
	Auth       *Auth // nil: no AUTH
	Pipelining bool  // use it when it is offered; false: lockstep
	Chunking   bool  // BDAT in place of DATA
	XClient    []XClientAttr
	Timeouts   Timeouts
	// AbortAfter is the phase after which the connection is closed without QUIT: Connecting, Banner, EHLO,
	// TLSHandshaking, Authenticating, Mail, Rcpt, Data, or Sending (in the middle of the message). NoPhase: never.
	AbortAfter Phase
	// SlowBytesPerSec sends no faster than this, in small writes. 0: at full speed.
	SlowBytesPerSec int
	MaxReply        int // octets of one reply; default 64 KiB
}

// Dialer opens TCP connections; k6's State().Dialer is one. An *Error that it returns keeps its Code. A connection that
// wraps another one should give it by NetConn, as *tls.Conn does.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Resolver is a Dialer that can look a name up, so that the look-up is timed apart from the connect. address is
// "host:port"; the port given back is the one to connect to.
type Resolver interface {
	ResolveAddr(address string) (net.IP, int, error)
}

// Auth holds credentials and how to use them.
type Auth struct {
	Mechanism      string // "" or "auto": the strongest that the server offers and the credentials allow
	Username       string
	Password       string
	Token          string // OAuth 2.0 bearer token (XOAUTH2, OAUTHBEARER)
	Identity       string // authorization identity, where it differs from Username
	AllowCleartext bool   // sends PLAIN, LOGIN and tokens without TLS
}

func (c *Config) withDefaults() Config {
	d := *c
	if d.EHLO == "" {
		d.EHLO = "localhost"
	}
	if d.Timeouts.Connect <= 0 {
		d.Timeouts.Connect = 10 * time.Second
	}
	if d.Timeouts.Command <= 0 {
		d.Timeouts.Command = 30 * time.Second
	}
	if d.Timeouts.Data <= 0 {
		d.Timeouts.Data = 120 * time.Second
	}
	if d.MaxReply <= 0 {
		d.MaxReply = 64 << 10
	}
	return d
}
