package xk6smtp

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// clientOptions is ClientOptions of index.d.ts, checked.
type clientOptions struct {
	wire    smtp.Config // but for its TLSConfig, which needs the state of the VU
	tls     tlsOptions
	reuse   reuseOptions
	detail  detail
	tags    []field
	backoff time.Duration
	host    string // the tag: host and port of the target
}

type reuseOptions struct {
	maxMessages int // 0: no limit
	maxAge      time.Duration
	idleCheck   time.Duration
}

// The first of each is the default.
var (
	tlsModes    = []string{"none", "opportunistic", "starttls", "implicit"}
	mechanisms  = []string{"auto", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER", "EXTERNAL"}
	details     = []string{everyTrend: "full", durationOnly: "lean", countersOnly: "counters"}
	abortPhases = []string{"", "connecting", "banner", "ehlo", "tls_handshaking", "auth", "mail", "rcpt", "data", "sending"}
)

// readClient reads a client's options. Unknown keys are left to the caller's o.done, since the one-shot send has
// further ones.
func readClient(o *options) *clientOptions {
	c := &clientOptions{}
	mode := readTarget(o, &c.wire)
	c.host = net.JoinHostPort(c.wire.Host, strconv.Itoa(c.wire.Port))
	c.wire.TLS = mode
	o.object("tlsOptions", c.tls.read)
	o.object("auth", func(a *options) { c.wire.Auth = readAuth(a) })
	c.wire.Pipelining = o.choice("pipelining", "auto", "off") == "auto"
	c.wire.Chunking = o.boolean("chunking", false)
	for _, attribute := range o.fields("xclient") {
		c.wire.XClient = append(c.wire.XClient, smtp.XClientAttr{Name: attribute.name, Value: attribute.value})
	}
	o.object("reuse", func(r *options) {
		c.reuse.maxMessages = r.integer("maxMessages", 0, 0, 1<<30)
		c.reuse.maxAge = r.duration("maxAge", 0)
		c.reuse.idleCheck = r.duration("idleCheck", 0)
	})
	o.object("timeouts", func(t *options) {
		c.wire.Timeouts = smtp.Timeouts{
			Connect: t.timeout("connect", 10*time.Second),
			Command: t.timeout("command", 30*time.Second),
			Data:    t.timeout("data", 120*time.Second),
		}
	})
	readFaults(o, &c.wire)
	c.wire.MaxReply = int(min(o.size("maxReplySize", 64<<10), 1<<30))
	c.detail = detail(slices.Index(details, o.choice("metrics", details...)))
	c.tags = o.fields("tags")
	c.backoff = o.duration("backoff", 10*time.Millisecond)
	return c
}

// readTarget reads where to connect and how to say hello.
func readTarget(o *options, wire *smtp.Config) smtp.TLSMode {
	wire.Host = o.text("host", "")
	switch {
	case wire.Host == "":
		o.fail("host", "is missing")
	case strings.ContainsAny(wire.Host, " /\\\r\n\t"), strings.Contains(wire.Host, "://"):
		o.fail("host", "%q is neither a host name nor an address", wire.Host)
	case strings.HasPrefix(wire.Host, "["), strings.Count(wire.Host, ":") == 1:
		o.fail("host", "%q holds more than a host; give the port as port", wire.Host)
	}
	wire.LMTP = o.choice("protocol", "smtp", "lmtp") == "lmtp"
	mode := smtp.TLSMode(0)
	switch o.choice("tls", tlsModes...) {
	case "opportunistic":
		mode = smtp.Opportunistic
	case "starttls":
		mode = smtp.StartTLSRequired
	case "implicit":
		mode = smtp.Implicit
	}
	wire.Port = o.integer("port", defaultPort(wire.LMTP, mode), 1, 65535)
	wire.EHLO = o.text("ehlo", "localhost")
	if err := smtp.CheckLine("ehlo", wire.EHLO); err != nil {
		o.fail("ehlo", "%s", strings.TrimPrefix(err.Error(), "ehlo: "))
	}
	if wire.EHLO == "" || strings.Contains(wire.EHLO, " ") {
		o.fail("ehlo", "%q is not a host name", wire.EHLO)
	}
	return mode
}

func defaultPort(lmtp bool, mode smtp.TLSMode) int {
	switch {
	case lmtp:
		return 24
	case mode == smtp.StartTLSRequired:
		return 587
	case mode == smtp.Implicit:
		return 465
	}
	return 25
}

// readAuth gives nil where there is nothing to authenticate with. The texts are never shown.
func readAuth(a *options) *smtp.Auth {
	if a.obj == nil {
		return nil
	}
	auth := &smtp.Auth{
		Mechanism:      a.choice("mech", mechanisms...),
		Username:       a.text("user", ""),
		Password:       a.text("pass", ""),
		Token:          a.text("token", ""),
		Identity:       a.text("identity", ""),
		AllowCleartext: a.boolean("allowCleartext", false),
	}
	switch auth.Mechanism {
	case "EXTERNAL":
	case "XOAUTH2", "OAUTHBEARER":
		if auth.Token == "" {
			a.fail("token", "is missing; %s needs it", auth.Mechanism)
		}
	case "auto":
		if auth.Password == "" && auth.Token == "" {
			a.fail("pass", "is missing, and so is token")
		}
	default:
		if auth.Username == "" || auth.Password == "" {
			a.fail("user", "and pass are both needed by %s", auth.Mechanism)
		}
	}
	return auth
}

// readFaults reads what makes a client behave badly on purpose.
func readFaults(o *options, wire *smtp.Config) {
	o.object("abort", func(a *options) {
		after := a.choice("after", abortPhases...)
		if a.obj != nil && after == "" {
			a.fail("after", "is missing; one of %s", strings.Join(abortPhases[1:], ", "))
		}
		wire.AbortAfter = smtp.ParsePhase(after)
	})
	o.object("slow", func(s *options) {
		if s.obj != nil {
			wire.SlowBytesPerSec = s.integer("bytesPerSec", 0, 1, 1<<30)
			if s.get("bytesPerSec") == nil {
				s.fail("bytesPerSec", "is missing")
			}
		}
	})
}

// timeout is a duration above 0: without a bound one dead server would hold a VU until the end of the test.
func (o *options) timeout(name string, otherwise time.Duration) time.Duration {
	timeout := o.duration(name, otherwise)
	if timeout == 0 {
		o.fail(name, "must be above 0")
	}
	return timeout
}
