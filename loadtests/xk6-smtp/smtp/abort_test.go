package smtp

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestAborts(t *testing.T) {
	config, roots := certificate(t)
	for _, after := range []Phase{Connecting, Banner, EHLO, TLSHandshaking, Authenticating, Mail, Rcpt, Data, Sending} {
		srv := start(t, func(s *server) { s.tls, s.ehlo = config, append(s.ehlo, "STARTTLS") })
		s := NewSession(srv.config(func(c *Config) {
			c.AbortAfter, c.TLS, c.TLSConfig = after, Opportunistic, &tls.Config{RootCAs: roots}
		}))
		var r Result
		if s.Open(context.Background(), &net.Dialer{}, &r) {
			s.Send(message(t, MessageOptions{Size: 5000}), envelope(t, EnvelopeOptions{}), patch(t), &r)
		}
		if r.Outcome != Aborted || r.Err != nil || s.Connected() || r.Phase != after || r.OK() && after < Mail && r.Reply.Code == 0 {
			t.Errorf("%s: %v %v %v", after, r.Outcome, r.Err, r.Phase)
		}
		srv.stop()
		if len(srv.got()) != 0 || strings.Contains(srv.seen(), "QUIT") {
			t.Errorf("%s: %s", after, srv.seen())
		}
	}
}

func TestSlowSender(t *testing.T) {
	srv := start(t, nil)
	s := opened(t, srv.config(func(c *Config) { c.SlowBytesPerSec = 20_000 }))
	var r Result
	if !s.Send(message(t, MessageOptions{Size: 5000}), envelope(t, EnvelopeOptions{}), patch(t), &r) {
		t.Fatal(r.Err)
	}
	if r.Durations[Sending] < 200*time.Millisecond {
		t.Errorf("5,000 octets at 20,000 a second took %v", r.Durations[Sending])
	}
}

func TestInterrupt(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*Config)
		outcome Outcome
	}{
		{"silent server", nil, Aborted},
		{"slow sender", func(c *Config) { c.SlowBytesPerSec = 1 }, Aborted},
	}
	for _, test := range tests {
		srv := start(t, func(s *server) { s.replies["MAIL"] = "silence" })
		s := opened(t, srv.config(func(c *Config) { c.Timeouts = Timeouts{} }))
		if test.change != nil {
			s.rate = 1
		}
		time.AfterFunc(short, s.Interrupt)
		var r Result
		s.Send(message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{}), patch(t), &r)
		if r.Outcome != test.outcome || r.Err == nil || r.Err.Code != AbortedByCaller {
			t.Errorf("%s: %v %v", test.name, r.Outcome, r.Err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), short)
	defer cancel()
	srv := start(t, func(s *server) { s.banner = "silence" })
	var r Result
	s := NewSession(srv.config(nil))
	time.AfterFunc(short, s.Interrupt)
	if s.Open(ctx, &net.Dialer{}, &r) || r.Err.Code != AbortedByCaller || r.Outcome != Aborted {
		t.Errorf("open: %v %v", r.Outcome, r.Err)
	}
}

// A server that refuses in the middle of a large message, and hangs up, has said why.
func TestTheLastWordsAreHeard(t *testing.T) {
	srv := start(t, func(s *server) {
		s.onLine = func(c *serverConn, line string) bool {
			if line != "DATA" {
				return false
			}
			c.say("354 go\r\n552 5.3.4 too large")
			_ = c.w.Flush()
			_ = c.Conn.(*net.TCPConn).CloseRead()
			_ = c.Conn.(*net.TCPConn).CloseWrite()
			return true
		}
	})
	s := opened(t, srv.config(nil))
	huge, err := ParseMessage("huge", append([]byte("A: b\n\n"), bytes.Repeat([]byte("0123456789\n"), 3_000_000)...))
	if err != nil {
		t.Fatal(err)
	}
	var r Result
	s.Send(huge, envelope(t, EnvelopeOptions{}), patch(t), &r)
	if r.Outcome != Rejected && (r.Outcome != Failed || r.Err.Code != Reset) || s.Connected() && r.Outcome != Rejected {
		t.Errorf("%v %v %d", r.Outcome, r.Err, r.Reply.Code)
	}
}

func TestNoGoroutineStays(t *testing.T) {
	before := runtime.NumGoroutine()
	srv := start(t, func(s *server) { s.replies["MAIL"] = "hangup" })
	for range 20 {
		s := NewSession(srv.config(nil))
		var r Result
		if s.Open(context.Background(), &net.Dialer{}, &r) {
			s.Send(message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{}), patch(t), &r)
		}
		if s.Connected() || s.raw != nil {
			t.Fatal("a connection stays open")
		}
	}
	srv.stop()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}
