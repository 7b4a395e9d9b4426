package smtp

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Session is one connection and what is known of its server. One goroutine at a time; only Interrupt is for any.
type Session struct {
	wire
	cfg      Config
	ext      extensions
	tls      *tls.ConnectionState
	messages int
	dangling bool  // a transaction is open that has no recipients: RSET before the next
	rcpts    int   // accepted by the single steps since MAIL
	reply    Reply // that does not decide
	now      time.Time
	envelope envelopeState
	flying   []flight
	one      *single
	scratch  []byte

	mu     sync.Mutex // of what Interrupt needs
	raw    net.Conn   // under TLS
	cancel context.CancelFunc
}

// NewSession does no I/O.
func NewSession(cfg *Config) *Session {
	s := &Session{cfg: cfg.withDefaults()}
	s.maxReply, s.rate, s.writeTime = s.cfg.MaxReply, s.cfg.SlowBytesPerSec, s.cfg.Timeouts.Data
	return s
}

// Open connects and goes on up to where MAIL may follow. ctx bounds it as well: when it ends, the connection is closed.
// The times of the phases and what went wrong are in r; without success, its Outcome is that of the message which was
// to be sent, and the connection is closed.
func (s *Session) Open(ctx context.Context, d Dialer, r *Result) bool {
	r.reset()
	if !s.connect(ctx, d, r) {
		return s.giveUp(r)
	}
	stop := context.AfterFunc(ctx, s.Interrupt)
	defer stop()
	if !s.setUp(r) {
		return s.giveUp(r)
	}
	return true
}

// giveUp closes a session that could not be opened and says what that means for a message.
func (s *Session) giveUp(r *Result) bool {
	s.Close()
	switch {
	case r.Outcome != NoOutcome:
	case r.Err != nil && r.Err.Code == AbortedByCaller:
		r.Outcome = Aborted
	case r.Reply.Code >= 400:
		r.Outcome = r.Reply.Outcome()
	default:
		r.Outcome = Failed
	}
	return false
}

// setUp follows the banner.
func (s *Session) setUp(r *Result) bool {
	if s.aborts(Connecting, r) || s.aborts(Banner, r) || !s.hello(s.cfg.EHLO, r) || s.aborts(EHLO, r) {
		return false
	}
	if s.wantsStartTLS() {
		if !s.startTLS(r) {
			return false
		}
		if s.tls != nil && (s.aborts(TLSHandshaking, r) || !s.hello(s.cfg.EHLO, r)) {
			return false
		}
	}
	if len(s.cfg.XClient) > 0 && !s.xclient(r) {
		return false
	}
	if s.cfg.Auth != nil && !s.authenticate(s.cfg.Auth, r) {
		return false
	}
	return !s.aborts(Authenticating, r)
}

// aborts breaks off where the configuration asks for it.
func (s *Session) aborts(after Phase, r *Result) bool {
	if s.cfg.AbortAfter != after {
		return false
	}
	r.Outcome, r.Phase = Aborted, after
	s.Close()
	return true
}

// hello makes the greeting known to both, and falls back to HELO (RFC 5321 section 3.2).
func (s *Session) hello(name string, r *Result) bool {
	verb := "EHLO "
	if s.cfg.LMTP {
		verb = "LHLO "
	}
	ok := s.command(EHLO, r, verb, name)
	if !ok && !s.cfg.LMTP && (r.Reply.Code == 500 || r.Reply.Code == 502) && s.conn != nil {
		s.ext = extensions{}
		return s.command(EHLO, r, "HELO ", name) && s.expects(2, EHLO, r, &r.Reply)
	}
	if !ok || !s.expects(2, EHLO, r, &r.Reply) {
		return false
	}
	s.ext = parseExtensions(r.Reply.Text())
	return true
}

// xclient tells who the client is said to be; the session begins anew with another banner
// (postfix.org/XCLIENT_README.html).
func (s *Session) xclient(r *Result) bool {
	parts := []string{"XCLIENT"}
	for _, a := range s.cfg.XClient {
		parts = append(parts, " ", strings.ToUpper(a.Name), "=", string(xtext(a.Value)))
	}
	return s.command(XClient, r, parts...) && s.expects(2, XClient, r, &r.Reply) && s.hello(s.cfg.EHLO, r)
}

// command sends one line and reads its reply into r, timed as phase.
func (s *Session) command(phase Phase, r *Result, parts ...string) bool {
	if s.conn == nil {
		return r.fail(&Error{Code: Closed, Phase: phase, Message: "no connection is open"})
	}
	for _, part := range parts {
		s.out = append(s.out, part...)
	}
	s.out = append(s.out, '\r', '\n')
	s.now = s.clock()
	return s.exchange(phase, r, &r.Reply)
}

// exchange writes what was put and reads its reply, timed as phase from s.now on.
func (s *Session) exchange(phase Phase, r *Result, into *Reply) bool {
	s.request(phase)
	ok := s.receive(phase, r, into)
	now := s.moment
	r.add(phase, now.Sub(s.now))
	s.now = now
	return ok
}

// request writes what was put. That it failed shows when the reply is read: a server that hung up often said why.
func (s *Session) request(phase Phase) {
	s.wait = s.cfg.Timeouts.Command
	if err := s.flush(phase); err != nil {
		s.wait = min(s.wait, lastWordsTime)
	}
}

// receive reads one reply. False: none came, or it is 4xx or 5xx. After 421 the server closes, and so does the session.
func (s *Session) receive(phase Phase, r *Result, into *Reply) bool {
	if err := s.read(phase, into); err != nil {
		return s.lose(r, err)
	}
	r.note(phase, into)
	if s.broken != nil && into.Code < 400 {
		return s.lose(r, s.broken)
	}
	if into.Code == 421 || s.broken != nil {
		r.Stale = r.Reused && len(r.Replies) == 1 && isIdleTimeout(into)
		s.Close()
	}
	return into.Code < 400
}

// isIdleTimeout says whether a 421 was there before the command was: the server had grown tired of waiting.
func isIdleTimeout(reply *Reply) bool {
	return reply.Enhanced == Enhanced{4, 4, 2} || strings.Contains(strings.ToLower(reply.Text()), "timeout")
}

// lose ends a session that went wrong.
func (s *Session) lose(r *Result, err *Error) bool {
	r.Stale = r.Reused && len(r.Replies) == 0 && (err.Code == Closed || err.Code == Reset)
	r.Reply.reset()
	s.Close()
	return r.fail(err)
}

// Close closes the connection without QUIT. Safe at any time.
func (s *Session) Close() {
	s.mu.Lock()
	raw := s.raw
	s.raw = nil
	s.mu.Unlock()
	if raw != nil {
		_ = raw.Close() // nothing can be done about it, and nothing is lost
	}
	s.conn = nil
}

// Interrupt makes a call that is under way in another goroutine end soon with AbortedByCaller, and closes the session.
func (s *Session) Interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel()
	}
	if s.raw == nil {
		return
	}
	_ = s.raw.Close()
	select {
	case <-s.done:
	default:
		close(s.done)
	}
}

// Connected is true from Connect to the end of the connection, as far as it has been noticed.
func (s *Session) Connected() bool { return s.conn != nil }

// Messages is how many the server has answered on this connection, by taking or by refusing them.
func (s *Session) Messages() int { return s.messages }

// Extensions are the keywords of the last EHLO with their arguments, as the server wrote them.
func (s *Session) Extensions() []string { return s.ext.lines }

// TLSState is that of the connection that is open or was the last; nil without TLS.
func (s *Session) TLSState() *tls.ConnectionState { return s.tls }

func (s *Session) address() string { return net.JoinHostPort(s.cfg.Host, strconv.Itoa(s.cfg.Port)) }
