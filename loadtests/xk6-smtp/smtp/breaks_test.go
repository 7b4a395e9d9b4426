package smtp

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// cutConn is a connection that breaks after so many octets of one direction.
type cutConn struct {
	net.Conn
	mu          sync.Mutex
	out, in     int  // octets that may still go; negative: all
	deaf        bool // what the server said before the break is lost, too
	broken      bool
	sent, heard []byte
}

func (c *cutConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out < 0 || len(c.sent)+len(b) <= c.out {
		c.sent = append(c.sent, b...)
		return c.Conn.Write(b)
	}
	n, _ := c.Conn.Write(b[:c.out-len(c.sent)])
	c.sent = append(c.sent, b[:n]...)
	c.broken = true
	_ = c.Conn.(*net.TCPConn).CloseWrite()
	return n, syscall.EPIPE
}

func (c *cutConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	deaf := c.deaf && c.broken
	if c.in >= 0 {
		if left := c.in - len(c.heard); left < len(b) {
			b = b[:left]
		}
	}
	c.mu.Unlock()
	if deaf {
		return 0, syscall.ECONNRESET
	}
	if len(b) == 0 {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	c.heard = append(c.heard, b[:n]...)
	c.mu.Unlock()
	return n, err
}

// cutter breaks its first connection only.
type cutter struct {
	out, in int
	deaf    bool
	first   *cutConn
}

func (d *cutter) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil || d.first != nil {
		return conn, err
	}
	d.first = &cutConn{Conn: conn, out: d.out, in: d.in, deaf: d.deaf}
	return d.first, nil
}

const inBreak = 3 // messages of a session that is broken

// breakMode is one way of sending.
type breakMode struct {
	name    string
	batch   bool
	window  int
	refused int64 // the message whose recipients are refused, from 1 on; 0: none
	size    int   // of the messages
	change  func(*Config)
	server  func(*server)
}

func lockstep(c *Config) { c.Pipelining = false }

func byChunks(c *Config) { c.Chunking = true }

var breakModes = []breakMode{
	{name: "lockstep", change: lockstep},
	{name: "lockstep by BDAT", change: func(c *Config) { lockstep(c); byChunks(c) }},
	{name: "pipelined", refused: 2},
	{name: "pipelined by BDAT", change: byChunks, refused: 2},
	{name: "one behind the other", batch: true, window: 1, refused: 2},
	{name: "windows", batch: true, window: 3, change: byChunks},
	{name: "windows with a refusal", batch: true, window: 4, change: byChunks, refused: 1},
	{name: "large, one behind the other", batch: true, window: 1, size: inlineBody},
	{name: "large, windows", batch: true, window: 3, change: byChunks, size: inlineBody},
	{name: "LMTP", server: func(s *server) { s.lmtp = true }},
	{name: "LMTP, one behind the other", batch: true, window: 1, server: func(s *server) { s.lmtp = true }},
}

// numbers gives the number of each message that the server took, and how often.
func (s *server) numbers() map[string]int {
	seen := map[string]int{}
	for _, text := range s.got() {
		_, token, _ := strings.Cut(text, TokenHeader+": ")
		seen[token[RunWidth+vuWidth+2:][:countWidth]]++
	}
	return seen
}

// breakSession sends inBreak messages as the module does: over another connection when one is lost, and again when the
// session says that this is no second copy.
func breakSession(t *testing.T, mode breakMode, d *cutter) (outcomes [inBreak][]Outcome, taken map[string]int) {
	t.Helper()
	var recipients atomic.Int64
	srv := start(t, func(s *server) {
		s.ehlo = append(s.ehlo, "CHUNKING")
		if mode.server != nil {
			mode.server(s)
		}
		s.onLine = func(c *serverConn, line string) bool {
			if strings.HasPrefix(line, "RCPT") {
				if recipients.Add(1) == mode.refused {
					c.say("550 5.1.1 no such user")
					return true
				}
			}
			return false
		}
	})
	cfg := srv.config(mode.change)
	s := NewSession(cfg)
	m, err := ParseMessage("short", []byte("Date: x\nMessage-ID: <x@y>\nFrom: <a@b>\nTo: <c@d>\n\n"+strings.Repeat("x", mode.size)))
	if err != nil {
		t.Fatal(err)
	}
	e, p := envelope(t, EnvelopeOptions{}), patch(t)
	var r Result
	batch := Batch{Envelope: e, Patch: p, Window: mode.window}
	for done, rounds := 0, 0; done < inBreak; rounds++ {
		if rounds > 3*inBreak {
			t.Fatalf("%s: no end", mode.name)
		}
		if !s.Connected() && !s.Open(context.Background(), d, &r) {
			outcomes[done] = append(outcomes[done], r.Outcome)
			done++
			continue
		}
		if mode.batch {
			from := done
			batch.Count = inBreak - from
			batch.Next = func(i int) (*Message, *Error) { p.Number(uint64(from + i)); return m, nil }
			batch.Each = func(i int, r *Result) { outcomes[from+i] = append(outcomes[from+i], r.Outcome) }
			done += s.SendBatch(&batch, &r)
			continue
		}
		p.Number(uint64(done))
		if s.Send(m, e, p, &r); r.Stale {
			continue
		}
		outcomes[done] = append(outcomes[done], r.Outcome)
		done++
	}
	s.Close()
	srv.drain()
	return outcomes, srv.numbers()
}

// drain waits until the server has seen the end of every connection.
func (s *server) drain() {
	_ = s.listener.Close()
	s.wg.Wait()
}

// breakPoints are those around the end of each line, where the meaning changes, and some between them.
func breakPoints(text []byte) (points []int) {
	const between = 16
	for i := range text {
		if text[max(0, i-2)] == '\n' || text[max(0, i-1)] == '\n' || text[i] == '\n' || i%between == 0 && i < 500 {
			points = append(points, i)
		}
	}
	return points
}

// TestCountsHoldWhereverTheConnectionBreaks cuts a session in either direction. What is counted as
// accepted the server has taken, what it has taken is counted as accepted or uncertain, and nothing is sent twice.
func TestCountsHoldWhereverTheConnectionBreaks(t *testing.T) {
	for _, mode := range breakModes {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			whole := &cutter{out: -1, in: -1}
			breakSession(t, mode, whole)
			for _, out := range breakPoints(whole.first.sent) {
				checkBreak(t, mode, &cutter{out: out, in: -1, deaf: out%2 == 0})
			}
			for _, in := range breakPoints(whole.first.heard) {
				checkBreak(t, mode, &cutter{out: -1, in: in})
			}
		})
	}
}

// trickleConn gives one octet with each read.
type trickleConn struct{ net.Conn }

func (c trickleConn) Read(b []byte) (int, error) { return c.Conn.Read(b[:min(1, len(b))]) }

func TestRepliesMayComeInPieces(t *testing.T) {
	srv := start(t, func(s *server) { s.ehlo = append(s.ehlo, "CHUNKING") })
	pieces := dialFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return trickleConn{conn}, err
	})
	for _, chunking := range []bool{false, true} {
		s := NewSession(srv.config(func(c *Config) { c.Chunking = chunking }))
		defer s.Close()
		var r Result
		if !s.Open(context.Background(), pieces, &r) {
			t.Fatal(r.Err)
		}
		for i, seen := range sendAll(t, s, envelope(t, EnvelopeOptions{}), true, 3, 6) {
			if seen.outcome != Accepted {
				t.Errorf("chunking %v: message %d: %+v", chunking, i, seen)
			}
		}
	}
}

func checkBreak(t *testing.T, mode breakMode, d *cutter) {
	t.Helper()
	outcomes, taken := breakSession(t, mode, d)
	for i, all := range outcomes {
		var number [countWidth]byte
		putBase36(number[:], uint64(i))
		n := taken[string(number[:])]
		var outcome Outcome
		if len(all) == 1 {
			outcome = all[0]
		}
		switch {
		case len(all) != 1, n > 1, outcome == Accepted && n == 0, n == 1 && outcome != Accepted && outcome != Uncertain:
			t.Errorf("%s: message %d: %v, taken %d times", fmt.Sprintf("cut after out %d, in %d, deaf %v", d.out, d.in, d.deaf), i, all, n)
		}
	}
}
