package smtp

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
)

// A reply that nobody asked for shifts all that follow: the next message would be counted by what was said of another.
func TestRepliesThatNobodyAskedForEndTheSession(t *testing.T) {
	tests := []struct {
		name   string
		server func(*server)
		change func(*Config)
	}{
		{"lockstep", nil, lockstep},
		{"lockstep by BDAT", nil, func(c *Config) { lockstep(c); byChunks(c) }},
		{"pipelined", nil, nil},
		{"by BDAT", nil, byChunks},
		{"LMTP", func(s *server) { s.lmtp = true }, nil},
	}
	for _, extra := range []string{"250 2.0.0 and more", "554 5.0.0 or not", "garbage", "250-and"} {
		for _, test := range tests {
			srv := start(t, func(s *server) {
				s.ehlo = append(s.ehlo, "CHUNKING")
				s.dot = func(int) string { return "250 2.0.0 ok\r\n" + extra }
				if test.server != nil {
					test.server(s)
				}
			})
			s := opened(t, srv.config(test.change))
			m, e, p := message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{}), patch(t)
			var r Result
			if !s.Send(m, e, p, &r) {
				t.Fatalf("%s, %s: %v", test.name, extra, r.Err)
			}
			s.Send(m, e, p, &r)
			if r.Outcome != Failed || r.Err == nil || r.Err.Code != ProtocolError || r.Stale || s.Connected() {
				t.Errorf("%s, %s: %v %v, stale %v", test.name, extra, r.Outcome, r.Err, r.Stale)
			}
			if n := len(srv.got()); n != 1 {
				t.Errorf("%s, %s: %d messages were handed over", test.name, extra, n)
			}
		}
	}
}

func TestRepliesBeforeTheirCommandEndTheSession(t *testing.T) {
	for phase, set := range map[Phase]func(*server){
		EHLO:    func(s *server) { s.banner = "220 test ESMTP\r\n250 hello" },
		Mail:    func(s *server) { s.replies["EHLO"] = "250 test\r\n250 2.1.0 ok" },
		Sending: func(s *server) { s.replies["DATA"] = "354 go\r\n250 2.0.0 queued" },
	} {
		srv := start(t, set)
		s := NewSession(srv.config(lockstep))
		defer s.Close()
		var r Result
		if s.Open(context.Background(), &net.Dialer{}, &r) {
			s.Send(message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{}), patch(t), &r)
		}
		if r.Outcome != Failed || r.Err == nil || r.Err.Code != ProtocolError || r.Err.Phase != phase || s.Connected() {
			t.Errorf("%s: %v %v", phase, r.Outcome, r.Err)
		}
	}
}

func TestSetUpWantsRepliesOfTheirClass(t *testing.T) {
	serverTLS, pool := certificate(t)
	for phase, set := range map[Phase]func(*server){
		Banner:         func(s *server) { s.banner = "354 go" },
		EHLO:           func(s *server) { s.replies["EHLO"] = "334 AAAA" },
		StartTLS:       func(s *server) { s.replies["STARTTLS"] = "354 go" },
		XClient:        func(s *server) { s.replies["XCLIENT"] = "354 go" },
		Authenticating: func(s *server) { s.replies["AUTH"] = "354 go" },
	} {
		srv := start(t, func(s *server) {
			s.tls, s.ehlo = serverTLS, append(s.ehlo, "STARTTLS", "XCLIENT NAME", "AUTH CRAM-MD5")
			set(s)
		})
		s := NewSession(srv.config(func(c *Config) {
			if c.Auth = (&Auth{Username: "u", Password: "p"}); phase == StartTLS {
				c.TLS = StartTLSRequired
				c.TLSConfig = &tls.Config{RootCAs: pool}
			}
			c.XClient = []XClientAttr{{"NAME", "x"}}
		}))
		defer s.Close()
		var r Result
		if s.Open(context.Background(), &net.Dialer{}, &r) || r.Err == nil || r.Err.Code != ProtocolError || r.Err.Phase != phase || s.Connected() {
			t.Errorf("%s: %v %v", phase, r.Outcome, r.Err)
		}
	}
}

// What a server says of one recipient before it closes holds for those behind it, and not what it said of one before.
func TestLMTPClosedAmongRecipients(t *testing.T) {
	replies := []string{"250 2.0.0 ok", "421 4.3.0 shutting down"}
	srv := start(t, func(s *server) {
		s.lmtp = true
		said := 0
		s.dot = func(int) string { said++; return replies[min(said, len(replies))-1] }
	})
	s := opened(t, srv.config(nil))
	var r Result
	s.Send(message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{To: []string{"a@b", "c@d", "e@f"}}), patch(t), &r)
	var outcomes []string
	for _, rcpt := range r.Recipients {
		outcomes = append(outcomes, rcpt.Outcome.String())
	}
	if got := strings.Join(outcomes, " "); got != "accepted deferred deferred" || r.Outcome != Accepted || s.Connected() {
		t.Errorf("%v of a message %v", got, r.Outcome)
	}
}
