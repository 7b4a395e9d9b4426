package smtp

import "context"

// Connect opens the connection and reads the banner, and with implicit TLS makes the handshake in between.
func (s *Session) Connect(ctx context.Context, d Dialer, r *Result) bool {
	r.reset()
	return s.connect(ctx, d, r)
}

// Hello sends EHLO (LHLO with LMTP), and HELO when that is not known. name "": that of the configuration. The error is
// that of a wrong argument.
func (s *Session) Hello(name string, r *Result) error {
	r.reset()
	if name == "" {
		name = s.cfg.EHLO
	}
	if err := CheckLine("ehlo", name); err != nil {
		return err
	}
	s.hello(name, r)
	return nil
}

// StartTLS sends STARTTLS and makes the handshake.
func (s *Session) StartTLS(r *Result) bool {
	r.reset()
	if s.conn == nil {
		return r.fail(&Error{Code: Closed, Phase: StartTLS, Message: "no connection is open"})
	}
	return s.startTLS(r)
}

// Authenticate makes one attempt; nil takes the credentials of the configuration.
func (s *Session) Authenticate(a *Auth, r *Result) bool {
	r.reset()
	if a == nil {
		a = s.cfg.Auth
	}
	if a == nil {
		a = &Auth{}
	}
	return s.authenticate(a, r)
}

// Mail sends MAIL. parameters follow the path as they are. The error is that of a wrong argument.
func (s *Session) Mail(path, parameters string, r *Result) error {
	return s.pathCommand(Mail, "MAIL FROM:<", "reversePath", path, parameters, r)
}

// Rcpt sends RCPT.
func (s *Session) Rcpt(path, parameters string, r *Result) error {
	return s.pathCommand(Rcpt, "RCPT TO:<", "forwardPath", path, parameters, r)
}

func (s *Session) pathCommand(phase Phase, verb, field, path, parameters string, r *Result) error {
	r.reset()
	if err := CheckPath(field, path); err != nil {
		return err
	}
	if err := CheckLine("parameters", parameters); err != nil {
		return err
	}
	if parameters != "" {
		parameters = " " + parameters
	}
	ok := s.command(phase, r, verb, path, ">", parameters)
	if phase == Mail {
		s.rcpts = 0
	} else if ok {
		s.rcpts++
	}
	return nil
}

// Data sends DATA, the message and the final dot; with Chunking, BDAT. Recipients of r are those that Rcpt saw accepted.
func (s *Session) Data(m *Message, p *Patch, r *Result) bool {
	r.reset()
	if s.conn == nil {
		return r.fail(&Error{Code: Closed, Phase: Data, Message: "no connection is open"})
	}
	unknown := &Envelope{from: []byte(defaultFrom)}
	if !s.suits(unknown, r) {
		return s.fails(r)
	}
	r.recipients(s.rcpts)
	for i := range r.Recipients {
		r.Recipients[i].Outcome = Accepted
	}
	s.rcpts = 0
	r.Start = s.clock()
	s.now = r.Start
	if !s.cfg.Chunking && (!s.command(Data, r, "DATA") || !s.expects(3, Data, r, &r.Reply)) {
		return s.refuse(r, Data)
	}
	s.carry(m, unknown, p, r)
	return r.Outcome == Accepted
}

// Reset sends RSET.
func (s *Session) Reset(r *Result) bool {
	r.reset()
	ok := s.command(Rset, r, "RSET")
	s.dangling = s.dangling && !ok
	return ok
}

// Noop sends NOOP.
func (s *Session) Noop(r *Result) bool {
	r.reset()
	return s.command(Noop, r, "NOOP")
}

// Quit sends QUIT, reads its reply and closes.
func (s *Session) Quit(r *Result) bool {
	r.reset()
	ok := s.command(Quit, r, "QUIT")
	if s.tls != nil && s.conn != nil {
		_ = s.conn.Close() // says so under TLS, too
	}
	s.Close()
	return ok
}

// Command sends any other command of one line. The error is that of a wrong argument.
func (s *Session) Command(line string, r *Result) error {
	r.reset()
	if err := CheckLine("command", line); err != nil {
		return err
	}
	s.command(Command, r, line)
	return nil
}
