package smtp

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a small SMTP server for the tests: it accepts everything but for the replies that a test sets.
type server struct {
	listener net.Listener
	ehlo     []string          // extensions
	replies  map[string]string // by the beginning of the line; "hangup" closes, "silence" says nothing more
	banner   string
	lmtp     bool
	tls      *tls.Config
	implicit bool
	onLine   func(c *serverConn, line string) bool // true: dealt with
	dot      func(n int) string                    // reply to the n-th message, from 1 on

	mu       sync.Mutex
	lines    []string
	messages []string
	conns    map[net.Conn]bool
	wg       sync.WaitGroup
}

type serverConn struct {
	net.Conn
	*bufio.Reader
	w     *bufio.Writer
	rcpts int
}

func (c *serverConn) say(format string, args ...any) { fmt.Fprintf(c.w, format+"\r\n", args...) }

// start listens; its connections are closed, and its goroutines ended, before the test ends.
func start(tb testing.TB, set func(*server)) *server {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &server{
		listener: listener, banner: "220 test ESMTP", replies: map[string]string{}, conns: map[net.Conn]bool{},
		ehlo: []string{"PIPELINING", "SIZE 50000000", "8BITMIME", "DSN", "SMTPUTF8", "ENHANCEDSTATUSCODES"},
	}
	if set != nil {
		set(s)
	}
	s.wg.Go(s.accept)
	tb.Cleanup(s.stop)
	return s
}

func (s *server) stop() {
	_ = s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		s.wg.Go(func() {
			s.serve(conn)
			_ = conn.Close()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}

func (s *server) config(change func(*Config)) *Config {
	address := s.listener.Addr().(*net.TCPAddr)
	cfg := &Config{
		Host: "127.0.0.1", Port: address.Port, Pipelining: true, LMTP: s.lmtp,
		Timeouts: Timeouts{Connect: 5 * time.Second, Command: 5 * time.Second, Data: 5 * time.Second},
	}
	if change != nil {
		change(cfg)
	}
	return cfg
}

func (s *server) seen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func (s *server) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.messages...)
}

func (s *server) serve(conn net.Conn) {
	if s.implicit {
		conn = tls.Server(conn, s.tls)
	}
	c := &serverConn{conn, bufio.NewReaderSize(conn, 64<<10), bufio.NewWriter(conn), 0}
	if s.banner == "silence" {
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	if s.banner == "hangup" {
		return
	}
	c.say("%s", s.banner)
	for {
		if c.Buffered() == 0 && c.w.Flush() != nil {
			return
		}
		line, err := c.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.lines = append(s.lines, line)
		s.mu.Unlock()
		if s.onLine != nil && s.onLine(c, line) {
			continue
		}
		next, ok := s.answer(c, line)
		if !ok {
			_ = c.w.Flush()
			return
		}
		c = next
	}
}

// scripted gives the reply that the test set for a line.
func (s *server) scripted(line string) (string, bool) {
	best, reply := "", ""
	for prefix, r := range s.replies {
		if strings.HasPrefix(line, prefix) && len(prefix) > len(best) {
			best, reply = prefix, r
		}
	}
	return reply, best != ""
}

func (s *server) answer(c *serverConn, line string) (*serverConn, bool) {
	verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
	reply, scripted := s.scripted(line)
	switch {
	case reply == "hangup":
		return c, false
	case reply == "silence":
		_ = c.w.Flush()
		_, _ = io.Copy(io.Discard, c.Reader)
		return c, false
	case scripted && verb != "BDAT":
		c.say("%s", reply)
		return c, !strings.HasPrefix(reply, "421")
	}
	switch verb {
	case "EHLO", "LHLO":
		c.say("250-test")
		for _, e := range s.ehlo {
			c.say("250-%s", strings.TrimSpace(e))
		}
		c.say("250 HELP")
	case "STARTTLS":
		c.say("220 2.0.0 go")
		_ = c.w.Flush()
		conn := tls.Server(c.Conn, s.tls)
		return &serverConn{conn, bufio.NewReader(conn), bufio.NewWriter(conn), 0}, true
	case "MAIL":
		c.rcpts = 0
		c.say("250 2.1.0 ok")
	case "RCPT":
		c.rcpts++
		c.say("250 2.1.5 ok")
	case "DATA":
		if c.rcpts == 0 {
			c.say("503 5.5.1 no recipients")
			break
		}
		c.say("354 go")
		_ = c.w.Flush()
		return c, s.data(c)
	case "BDAT":
		return c, s.bdat(c, line, reply)
	case "QUIT":
		c.say("221 2.0.0 bye")
		return c, false
	case "XCLIENT":
		c.say("220 test ESMTP again")
	default:
		c.say("250 2.0.0 ok")
	}
	return c, true
}

func (s *server) data(c *serverConn) bool {
	var text bytes.Buffer
	for {
		line, err := c.ReadBytes('\n')
		if err != nil {
			return false
		}
		if string(line) == ".\r\n" {
			break
		}
		text.Write(bytes.TrimPrefix(line, []byte(".")))
	}
	return s.took(c, text.String())
}

func (s *server) bdat(c *serverConn, line, reply string) bool {
	n, _ := strconv.Atoi(strings.Fields(line)[1])
	text := make([]byte, n)
	if _, err := io.ReadFull(c.Reader, text); err != nil {
		return false
	}
	if reply != "" {
		c.say("%s", reply)
		return !strings.HasPrefix(reply, "421")
	}
	if c.rcpts == 0 {
		c.say("503 5.5.1 no recipients")
		return true
	}
	return s.took(c, string(text))
}

func (s *server) took(c *serverConn, text string) bool {
	s.mu.Lock()
	s.messages = append(s.messages, text)
	n := len(s.messages)
	s.mu.Unlock()
	times := 1
	if s.lmtp {
		times = c.rcpts
	}
	c.rcpts = 0
	for range times {
		reply := "250 2.0.0 Ok: queued as 4XyZ" + strconv.Itoa(n)
		if s.dot != nil {
			reply = s.dot(n)
		}
		if reply == "hangup" {
			return false
		}
		if reply == "silence" {
			_ = c.w.Flush()
			_, _ = io.Copy(io.Discard, c.Reader)
			return false
		}
		c.say("%s", reply)
		if strings.HasPrefix(reply, "421") {
			return false
		}
	}
	return true
}
