package smtp

import (
	"net"
	"strings"
	"testing"
)

// A server that answers at length, and reads no more while nobody takes its answers, must not wait for a client that
// takes none before it has written its whole window (RFC 2920 section 3.1).
func TestWindowBlocksNoServer(t *testing.T) {
	const count = 300
	long := " " + strings.Repeat("x", 500)
	srv := start(t, func(s *server) {
		s.ehlo = append(s.ehlo, "CHUNKING")
		s.replies["MAIL"], s.replies["RCPT"] = "250 2.1.0"+long, "250 2.1.5"+long
		s.dot = func(int) string { return "250 2.0.0" + long }
		s.onLine = func(c *serverConn, line string) bool {
			if strings.HasPrefix(line, "RCPT") {
				c.rcpts++
			}
			if plain, ok := c.Conn.(*net.TCPConn); ok && strings.HasPrefix(line, "EHLO") {
				_ = plain.SetWriteBuffer(4 << 10)
			}
			return false
		}
	})
	s := opened(t, srv.config(func(c *Config) { c.Chunking = true }))
	m, p := message(t, MessageOptions{Size: 50 << 10}), patch(t)
	outcomes := map[Outcome]int{}
	batch := Batch{
		Count: count, Window: count, Envelope: envelope(t, EnvelopeOptions{}), Patch: p,
		Next: func(i int) (*Message, *Error) {
			p.Number(uint64(i) + 1)
			return m, nil
		},
		Each: func(_ int, r *Result) { outcomes[r.Outcome]++ },
	}
	var r Result
	if done := s.SendBatch(&batch, &r); done != count || outcomes[Accepted] != count {
		t.Errorf("%d of %d done: %v, %v", done, count, outcomes, r.Err)
	}
}
