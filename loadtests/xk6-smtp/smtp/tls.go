package smtp

import (
	"crypto/tls"
	"time"
)

func (s *Session) wantsStartTLS() bool {
	return s.cfg.TLS == StartTLSRequired || s.cfg.TLS == Opportunistic && s.ext.startTLS
}

// startTLS sends STARTTLS (RFC 3207) and makes the handshake. True without TLS when the mode is opportunistic and the
// server refuses.
func (s *Session) startTLS(r *Result) bool {
	if !s.ext.startTLS {
		r.Reply.reset()
		return r.fail(&Error{Code: TLSNotOffered, Phase: StartTLS, Message: "the server does not offer STARTTLS"})
	}
	if !s.command(StartTLS, r, "STARTTLS") {
		if r.Err == nil && s.cfg.TLS == Opportunistic && s.conn != nil {
			return true
		}
		if r.Err == nil {
			r.fail(&Error{Code: TLSRefused, Phase: StartTLS, Message: "the server refuses STARTTLS: " + r.Reply.Text()})
		}
		return false
	}
	if !s.expects(2, StartTLS, r, &r.Reply) {
		return false
	}
	if s.start < s.end {
		// Commands or replies that somebody on the way put in, to have them taken as if they came under TLS.
		return s.lose(r, &Error{
			Code: TLSInjection, Phase: StartTLS, Message: "plaintext followed the reply to STARTTLS",
		})
	}
	return s.handshake(r)
}

// handshake puts TLS around the connection.
func (s *Session) handshake(r *Result) bool {
	s.mu.Lock()
	raw := s.raw
	s.mu.Unlock()
	if raw == nil {
		return s.lose(r, &Error{Code: AbortedByCaller, Phase: TLSHandshaking, Message: "closed by the caller"})
	}
	start := time.Now()
	// A deadline and no context: that would cost a goroutine, and Interrupt closes the connection all the same.
	err := raw.SetDeadline(start.Add(s.cfg.Timeouts.Command))
	conn := tls.Client(raw, s.tlsConfig())
	if err == nil {
		err = conn.Handshake() //nolint:noctx // see above
	}
	r.add(TLSHandshaking, time.Since(start))
	if err != nil {
		return s.lose(r, handshakeError(err))
	}
	r.Phase = TLSHandshaking
	written := s.written
	s.attach(conn)
	s.written = written
	state := conn.ConnectionState()
	s.tls, s.ext = &state, extensions{}
	if state.Version >= tls.VersionTLS13 {
		s.tickets = raw
	}
	return true
}

func (s *Session) tlsConfig() *tls.Config {
	if s.cfg.TLSConfig == nil {
		return &tls.Config{ServerName: s.cfg.Host, MinVersion: tls.VersionTLS12}
	}
	if s.cfg.TLSConfig.ServerName != "" {
		return s.cfg.TLSConfig
	}
	named := s.cfg.TLSConfig.Clone()
	named.ServerName = s.cfg.Host
	return named
}
