package smtp

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
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

// writes notes how much each write of a connection holds.
type writes struct {
	net.Conn
	sizes []int
}

func (w *writes) Write(b []byte) (int, error) {
	w.sizes = append(w.sizes, len(b))
	return w.Conn.Write(b)
}

func TestSlowSender(t *testing.T) {
	const rate, size = 20_000, 5000
	srv := start(t, nil)
	s := NewSession(srv.config(func(c *Config) { c.SlowBytesPerSec = rate }))
	defer s.Close()
	var seen *writes
	dial := dialFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		seen = &writes{Conn: conn}
		return seen, err
	})
	var r Result
	if !s.Open(t.Context(), dial, &r) {
		t.Fatal(r.Err)
	}
	seen.sizes = nil
	if !s.Send(message(t, MessageOptions{Size: size}), envelope(t, EnvelopeOptions{}), patch(t), &r) {
		t.Fatal(r.Err)
	}
	if slices.Max(seen.sizes) > rate/slowWrites {
		t.Errorf("writes of %v octets at %d a second", seen.sizes, rate)
	}
	// A timer may be late and is never early: each piece but the last has paid for its time.
	if least := time.Duration(r.Octets-rate/slowWrites) * time.Second / rate; r.Octets < size*9/10 || r.Durations[Sending] < least {
		t.Errorf("%d octets at %d a second took %v, not %v", r.Octets, rate, r.Durations[Sending], least)
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

// breaking is a connection that is reset after so many more octets were written. What the server said before can be read.
type breaking struct {
	net.Conn
	left int
}

func (c *breaking) Write(b []byte) (int, error) {
	if len(b) <= c.left {
		c.left -= len(b)
		return c.Conn.Write(b)
	}
	n, err := c.Conn.Write(b[:c.left])
	if c.left -= n; err != nil {
		return n, err
	}
	return n, &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.ECONNRESET)}
}

// A server that refuses in the middle of a large message, and hangs up, has said why.
func TestTheLastWordsAreHeard(t *testing.T) {
	const until = 100_000
	srv := start(t, func(s *server) {
		s.onLine = func(c *serverConn, line string) bool {
			if line != "DATA" {
				return false
			}
			c.say("354 go")
			_ = c.w.Flush()
			_, _ = io.CopyN(io.Discard, c.Reader, until/2)
			c.say("552 5.3.4 too large")
			_ = c.w.Flush()
			_, _ = io.Copy(io.Discard, c.Reader)
			return true
		}
	})
	dial := dialFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &breaking{conn, until}, err
	})
	s := NewSession(srv.config(nil))
	defer s.Close()
	var r Result
	if !s.Open(t.Context(), dial, &r) {
		t.Fatal(r.Err)
	}
	s.Send(message(t, MessageOptions{Size: 10 * until}), envelope(t, EnvelopeOptions{}), patch(t), &r)
	if got, want := tell(&r), (told{Rejected, 552, Sending, "", "rejected 552"}); got != want || s.Connected() {
		t.Errorf("%+v, want %+v; connected %v", got, want, s.Connected())
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
	// What has ended may still be counted for a moment.
	for late := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(late) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}
