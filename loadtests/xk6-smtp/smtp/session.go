package smtp

import (
	"context"
	"crypto/tls"
	"errors"
)

// Session is one connection and what is known of its server. One goroutine at a time; only Interrupt is for any.
type Session struct{ cfg Config }

// NewSession does no I/O.
func NewSession(cfg *Config) *Session { return &Session{cfg: cfg.withDefaults()} }

// Open connects and goes on up to where MAIL may follow. ctx bounds it as well: when it ends, the connection is closed.
// The times of the phases and what went wrong are in r. Without success the connection is closed.
func (s *Session) Open(ctx context.Context, d Dialer, r *Result) bool { return false }

// Connect opens the connection and reads the banner, and with implicit TLS makes the handshake in between.
func (s *Session) Connect(ctx context.Context, d Dialer, r *Result) bool { return false }

// Hello sends EHLO (LHLO with LMTP), and HELO when that is not known. name "": that of the configuration. The error is
// that of a wrong argument.
func (s *Session) Hello(name string, r *Result) error { return errors.New("not built yet") }

// StartTLS sends STARTTLS and makes the handshake.
func (s *Session) StartTLS(r *Result) bool { return false }

// Authenticate makes one attempt; nil takes the credentials of the configuration.
func (s *Session) Authenticate(a *Auth, r *Result) bool { return false }

// Mail sends MAIL. parameters follow the path as they are. The error is that of a wrong argument.
func (s *Session) Mail(path, parameters string, r *Result) error { return errors.New("not built yet") }

// Rcpt sends RCPT.
func (s *Session) Rcpt(path, parameters string, r *Result) error { return errors.New("not built yet") }

// Data sends DATA, the message and the final dot; with Chunking, BDAT.
func (s *Session) Data(m *Message, p *Patch, r *Result) bool { return false }

// Reset sends RSET.
func (s *Session) Reset(r *Result) bool { return false }

// Noop sends NOOP.
func (s *Session) Noop(r *Result) bool { return false }

// Quit sends QUIT, reads its reply and closes.
func (s *Session) Quit(r *Result) bool { return false }

// Command sends any other command of one line. The error is that of a wrong argument.
func (s *Session) Command(line string, r *Result) error { return errors.New("not built yet") }

// Send carries one message over an open session. True when it was accepted.
func (s *Session) Send(m *Message, e *Envelope, p *Patch, r *Result) bool { return false }

// Batch is many messages over one session.
type Batch struct {
	Count    int
	Window   int // messages in one write by BDAT; 1 or less: cross-message pipelining
	Envelope *Envelope
	Patch    *Patch
	// Next gives message i after it has set the count in Patch. It may be asked for the same i again when a server's
	// refusal of another one in the window spoilt it.
	Next func(i int) (*Message, *Error)
	// Each is told of message i when its fate is known. The order is that of the messages, but for such a repetition.
	Each func(i int, r *Result)
}

// SendBatch gives how many messages were dealt with: each of them was told of once by Each. Less than Count means that
// the connection is closed; the rest was not handed over and may be sent over another one. r is the working space.
func (s *Session) SendBatch(b *Batch, r *Result) int { return 0 }

// Close closes the connection without QUIT. Safe at any time.
func (s *Session) Close() {}

// Interrupt makes a call that is under way in another goroutine end soon with AbortedByCaller, and closes the session.
func (s *Session) Interrupt() {}

// Connected is true from Connect to the end of the connection, as far as it has been noticed.
func (s *Session) Connected() bool { return false }

// Messages is how many were sent over this connection.
func (s *Session) Messages() int { return 0 }

// Extensions are the keywords of the last EHLO with their arguments, as the server wrote them.
func (s *Session) Extensions() []string { return nil }

// TLSState is nil without TLS.
func (s *Session) TLSState() *tls.ConnectionState { return nil }
