package smtp

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"net"
	"slices"
	"testing"
	"time"
)

// lateTickets is the server's end of a connection under TLS 1.3 on which the session tickets are written when the next
// command is there already, as busy servers do: nothing that the client sends acknowledges them.
type lateTickets struct {
	*net.TCPConn
	writes  int
	tickets []byte
}

// Write holds the second flight back, which is that of the tickets.
func (c *lateTickets) Write(b []byte) (int, error) {
	if c.writes++; c.writes == 2 {
		c.tickets = bytes.Clone(b)
		return len(b), nil
	}
	c.release()
	return c.TCPConn.Write(b)
}

func (c *lateTickets) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	c.release()
	return n, err
}

func (c *lateTickets) release() {
	if c.tickets != nil {
		_, _ = c.TCPConn.Write(c.tickets)
		c.tickets = nil
	}
}

// forgetful asks for tickets, without which Go's server sends none, and never uses one.
type forgetful struct{}

func (forgetful) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

func (forgetful) Put(string, *tls.ClientSessionState) {}

// nagling is a server with Nagle's algorithm on or off: on, as most mail servers have it, a small write waits until the
// one before was acknowledged.
func nagling(on bool) func(*server) {
	return func(s *server) {
		s.tls.ClientAuth = tls.RequestClientCert // Go then sends the tickets after the handshake, as OpenSSL does
		s.onLine = func(c *serverConn, line string) bool {
			if line != "STARTTLS" {
				return false
			}
			c.say("220 2.0.0 go")
			_ = c.w.Flush()
			plain := c.Conn.(*net.TCPConn)
			_ = plain.SetNoDelay(!on)
			conn := tls.Server(&lateTickets{TCPConn: plain}, s.tls)
			*c = serverConn{conn, bufio.NewReader(conn), bufio.NewWriter(conn), 0}
			return true
		}
	}
}

// What the client's kernel saves on acknowledgements must not be taken for the server's time.
func TestSessionTicketsDelayNoReply(t *testing.T) {
	const sessions = 15
	servers := map[bool]*Config{}
	for _, on := range []bool{false, true} {
		srv, config := tlsServer(t, nagling(on))
		config.ClientSessionCache = forgetful{}
		servers[on] = srv.config(func(c *Config) { c.TLS, c.TLSConfig = StartTLSRequired, config })
	}
	times := map[bool][]time.Duration{}
	for range sessions {
		for on, cfg := range servers {
			s := NewSession(cfg)
			var r Result
			if !s.Open(t.Context(), &net.Dialer{}, &r) {
				t.Fatal(r.Err)
			}
			if state := s.TLSState(); state.Version != tls.VersionTLS13 {
				t.Fatalf("no TLS 1.3: %x", state.Version)
			}
			times[on] = append(times[on], r.Durations[EHLO])
			s.Close()
		}
	}
	// A delayed acknowledgement takes 40 ms, EHLO over loopback about 0.1 ms.
	if with, without := median(times[true]), median(times[false]); with > 20*without {
		t.Errorf("EHLO takes %v with Nagle's algorithm, %v without", with, without)
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
