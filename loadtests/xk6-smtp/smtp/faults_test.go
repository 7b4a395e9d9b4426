package smtp

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

const short = 50 * time.Millisecond

// dialFunc is a dialer that a test makes up.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (f dialFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}

// lookUp is a dialer that also resolves.
type lookUp struct {
	net.Dialer
	ip  net.IP
	err error
}

func (l *lookUp) ResolveAddr(address string) (net.IP, int, error) {
	_, port, _ := net.SplitHostPort(address)
	n, _ := net.LookupPort("tcp", port)
	return l.ip, n, l.err
}

func TestConnectErrors(t *testing.T) {
	gone := start(t, nil)
	port := gone.config(nil).Port
	gone.stop()
	hang := dialFunc(func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() })
	tests := []struct {
		name   string
		dialer Dialer
		code   Code
		phase  Phase
	}{
		{"refused", &net.Dialer{}, ConnectRefused, Connecting},
		{"timeout", hang, ConnectTimeout, Connecting},
		{"blocked", dialFunc(func(context.Context, string, string) (net.Conn, error) {
			return nil, &Error{Code: Blocked, Message: "in a blocked range"}
		}), Blocked, Connecting},
		{"nxdomain", &lookUp{err: &net.DNSError{IsNotFound: true}}, DNSNXDomain, Resolving},
		{"dns timeout", &lookUp{err: &net.DNSError{IsTimeout: true}}, DNSTimeout, Resolving},
		{"servfail", &lookUp{err: &net.DNSError{}}, DNSServFail, Resolving},
		{"unreachable", dialFunc(func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}
		}), ConnectUnreachable, Connecting},
		{"other", dialFunc(func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no files left") }), InternalError, Connecting},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := &Config{Host: "relay.invalid", Port: port, Timeouts: Timeouts{Connect: short}}
			if test.name == "refused" {
				cfg.Host = "127.0.0.1"
			}
			var r Result
			s := NewSession(cfg)
			if s.Open(context.Background(), test.dialer, &r) || r.Err == nil || r.Outcome != Failed || s.Connected() {
				t.Fatalf("%v %v", r.Outcome, r.Err)
			}
			if r.Err.Code != test.code || r.Err.Phase != test.phase || r.Durations[test.phase] < 0 {
				t.Errorf("%v, %v", r.Err, r.Durations)
			}
		})
	}
}

func TestLookUpIsTimedApart(t *testing.T) {
	srv := start(t, nil)
	s := NewSession(srv.config(func(c *Config) { c.Host = "relay.invalid" }))
	defer s.Close()
	var r Result
	if !s.Open(context.Background(), &lookUp{ip: net.IPv4(127, 0, 0, 1)}, &r) {
		t.Fatal(r.Err)
	}
	for _, phase := range []Phase{Resolving, Connecting, Banner, EHLO} {
		if r.Durations[phase] < 0 {
			t.Errorf("%s has no time", phase)
		}
	}
}

func TestOpenEndsByWhatTheServerSays(t *testing.T) {
	tests := []struct {
		name    string
		set     func(*server)
		outcome Outcome
		code    int
		err     Code
		phase   Phase
	}{
		{"banner 554", func(s *server) { s.banner = "554 no" }, Rejected, 554, "", Banner},
		{"banner 421", func(s *server) { s.banner = "421 4.7.0 later" }, Deferred, 421, "", Banner},
		{"banner closed", func(s *server) { s.banner = "hangup" }, Failed, 0, Closed, Banner},
		{"banner silent", func(s *server) { s.banner = "silence" }, Failed, 0, Timeout, Banner},
		{"no SMTP", func(s *server) { s.banner = "SSH-2.0-OpenSSH" }, Failed, 0, ProtocolError, Banner},
		{"banner too long", func(s *server) { s.banner = "220 " + strings.Repeat("x", 70_000) }, Failed, 0, LimitExceeded, Banner},
		{"EHLO 550", func(s *server) { s.replies["EHLO"] = "550 who?" }, Rejected, 550, "", EHLO},
		{"HELO", func(s *server) { s.replies["EHLO"] = "502 what?" }, NoOutcome, 250, "", EHLO},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv := start(t, test.set)
			s := NewSession(srv.config(func(c *Config) { c.Timeouts.Command = 4 * short }))
			defer s.Close()
			var r Result
			ok := s.Open(context.Background(), &net.Dialer{}, &r)
			code := Code("")
			if r.Err != nil {
				code = r.Err.Code
			}
			if ok != (test.outcome == NoOutcome) || r.Outcome != test.outcome || r.Reply.Code != test.code || code != test.err || r.Phase != test.phase {
				t.Errorf("%v %v %d %v %v", ok, r.Outcome, r.Reply.Code, r.Err, r.Phase)
			}
		})
	}
}

func TestLostConnections(t *testing.T) {
	big := message(t, MessageOptions{Size: 200_000})
	tests := []struct {
		name string
		set  func(*server)
		want told
	}{
		{"MAIL", func(s *server) { s.replies["MAIL"] = "hangup" }, told{Failed, 0, Mail, Closed, "failed 0"}},
		{"MAIL silent", func(s *server) { s.replies["MAIL"] = "silence" }, told{Failed, 0, Mail, Timeout, "failed 0"}},
		{"RCPT", func(s *server) { s.replies["RCPT"] = "hangup" }, told{Failed, 0, Rcpt, Closed, "failed 0"}},
		{"DATA", func(s *server) { s.replies["DATA"] = "hangup" }, told{Failed, 0, Data, Closed, "failed 0"}},
		{"DATA 250", func(s *server) { s.replies["DATA"] = "250 what" }, told{Failed, 0, Data, ProtocolError, "failed 0"}},
		{"RCPT 354", func(s *server) { s.replies["RCPT"] = "354 what" }, told{Failed, 0, Rcpt, ProtocolError, "failed 0"}},
		{"RCPT 421", func(s *server) { s.replies["RCPT"] = "421 4.7.0 bye" }, told{Deferred, 421, Rcpt, "", "deferred 421"}},
		{"MAIL 421", func(s *server) { s.replies["MAIL"] = "421 4.7.0 bye" }, told{Deferred, 421, Mail, "", "deferred 421"}},
		{"dot", func(s *server) { s.dot = func(int) string { return "hangup" } }, told{Uncertain, 0, Accepting, Closed, "uncertain 0"}},
		{"dot silent", func(s *server) { s.dot = func(int) string { return "silence" } }, told{Uncertain, 0, Accepting, Timeout, "uncertain 0"}},
		{"dot 354", func(s *server) { s.dot = func(int) string { return "354 what" } }, told{Uncertain, 0, Accepting, ProtocolError, "uncertain 0"}},
		{"dot 421", func(s *server) { s.dot = func(int) string { return "421 4.3.0 bye" } }, told{Deferred, 421, Accepting, "", "deferred 421"}},
	}
	for _, test := range tests {
		for _, pipelining := range []bool{true, false} {
			srv := start(t, test.set)
			s := opened(t, srv.config(func(c *Config) {
				c.Pipelining, c.Timeouts.Command, c.Timeouts.Data = pipelining, 4*short, 4*short
			}))
			var r Result
			s.Send(big, envelope(t, EnvelopeOptions{}), patch(t), &r)
			if got := tell(&r); got != test.want && got.err != Reset || s.Connected() {
				t.Errorf("%s, pipelining %v: %+v, want %+v", test.name, pipelining, got, test.want)
			}
			if s.Send(big, envelope(t, EnvelopeOptions{}), patch(t), &r); r.Outcome != Failed || r.Err.Code != Closed {
				t.Errorf("%s: a send without connection: %v %v", test.name, r.Outcome, r.Err)
			}
		}
	}
}

func TestBatchesEndWhereTheConnectionDoes(t *testing.T) {
	tests := []struct {
		name   string
		window int
		dot    func(n int) string
		want   []Outcome
	}{
		{"behind, lost at the third dot", 1, func(n int) string { return []string{"250 ok", "250 ok", "hangup"}[n-1] }, []Outcome{Accepted, Accepted, Uncertain}},
		{"behind, 421 at the second", 1, func(n int) string { return []string{"250 ok", "421 bye"}[n-1] }, []Outcome{Accepted, Deferred}},
		{"window, lost at the third", 4, func(n int) string { return []string{"250 ok", "250 ok", "hangup"}[n-1] }, []Outcome{Accepted, Accepted, Uncertain, Uncertain}},
		{"window, 421 at the second", 4, func(n int) string { return []string{"250 ok", "421 bye"}[n-1] }, []Outcome{Accepted, Deferred}},
	}
	for _, test := range tests {
		srv := start(t, func(s *server) {
			s.dot = test.dot
			s.ehlo = append(s.ehlo, "CHUNKING")
		})
		s := opened(t, srv.config(func(c *Config) { c.Chunking = test.window > 1 }))
		all := sendAll(t, s, envelope(t, EnvelopeOptions{}), true, test.window, 8)
		if len(all) != len(test.want) || s.Connected() {
			t.Errorf("%s: %+v", test.name, all)
			continue
		}
		for i, seen := range all {
			if seen.outcome != test.want[i] {
				t.Errorf("%s: message %d: %+v", test.name, i, seen)
			}
		}
	}
}

func TestStaleConnections(t *testing.T) {
	for name, last := range map[string]string{"closed": "hangup", "tired": "421 4.4.2 idle timeout", "busy": "421 4.7.0 too much"} {
		n := 0
		srv := start(t, func(s *server) {
			s.onLine = func(_ *serverConn, line string) bool {
				if strings.HasPrefix(line, "MAIL") {
					if n++; n == 2 {
						s.replies["MAIL"] = last
					}
				}
				return false
			}
		})
		s := opened(t, srv.config(nil))
		m, e, p := message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{}), patch(t)
		var r Result
		if !s.Send(m, e, p, &r) || r.Stale || r.Reused {
			t.Fatal(r.Err)
		}
		if s.Send(m, e, p, &r); r.Stale != (name != "busy") || !r.Reused || s.Connected() {
			t.Errorf("%s: stale %v, %v %d", name, r.Stale, r.Err, r.Reply.Code)
		}
	}
}

// A session of refusals ends when its server has had enough of it: with 421 to the RSET that comes before the next MAIL.
func TestRefusedSessionsEnd(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		srv := start(t, func(s *server) {
			s.replies["RCPT"] = "450 4.3.2 later"
			s.replies["RSET"] = "421 4.7.0 too many commands"
		})
		s := opened(t, srv.config(func(c *Config) { c.Pipelining = pipelining }))
		m, e, p := message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{}), patch(t)
		var r Result
		s.Send(m, e, p, &r)
		if got := tell(&r); got != (told{Deferred, 450, Rcpt, "", "deferred 450"}) || s.Messages() != 1 {
			t.Errorf("pipelining %v: %+v, %d messages", pipelining, got, s.Messages())
		}
		s.Send(m, e, p, &r)
		if got := tell(&r); got != (told{Deferred, 421, Rset, "", "deferred 421"}) || s.Connected() || !r.Reused {
			t.Errorf("pipelining %v: %+v, connected %v", pipelining, got, s.Connected())
		}
	}
}
