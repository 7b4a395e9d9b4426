package smtp

// Send carries one message over an open session. True when it was accepted.
func (s *Session) Send(m *Message, e *Envelope, p *Patch, r *Result) bool {
	if !s.begin(e, r) {
		return s.fails(r)
	}
	if s.pipelines() {
		if s.cfg.Chunking && s.fitsWindow(e.Recipients()) {
			return s.sendWindow(m, e, p, r)
		}
		return s.sendPipelined(m, e, p, r)
	}
	return s.sendLockstep(m, e, p, r)
}

// pipelines says whether several commands travel at once. What breaks off in the middle takes one step at a time.
func (s *Session) pipelines() bool {
	return s.cfg.Pipelining && s.ext.pipelining && s.cfg.AbortAfter == NoPhase
}

// begin makes r ready for a message.
func (s *Session) begin(e *Envelope, r *Result) bool {
	r.reset()
	r.recipients(e.Recipients())
	r.Reused = s.messages > 0
	return s.suits(e, r)
}

func (s *Session) sendLockstep(m *Message, e *Envelope, p *Patch, r *Result) bool {
	if s.dangling && !s.tidy(r) {
		return s.refuse(r, Rset)
	}
	r.Start = s.clock()
	s.now = r.Start
	s.putMail(m, e, p)
	if !s.exchange(Mail, r, &r.Reply) || !s.expects(2, Mail, r, &r.Reply) {
		return s.refuse(r, Mail)
	}
	s.envelope = envelopeState{mail: true}
	if s.aborts(Mail, r) {
		return s.finish(r)
	}
	for i := range r.Recipients {
		rcpt := &r.Recipients[i]
		s.putRcpt(e, i, i+1)
		if !s.recipient(rcpt, r, s.exchange(Rcpt, r, &rcpt.Reply)) {
			return false
		}
	}
	if s.aborts(Rcpt, r) {
		return s.finish(r)
	}
	if s.envelope.accepted == 0 {
		return s.refuseAll(r)
	}
	if !s.cfg.Chunking {
		s.out = append(s.out, "DATA\r\n"...)
		if !s.exchange(Data, r, &r.Reply) || !s.expects(3, Data, r, &r.Reply) {
			s.dangling = true
			return s.refuse(r, Data)
		}
		if s.aborts(Data, r) {
			return s.finish(r)
		}
	}
	s.carry(m, e, p, r)
	return r.Outcome == Accepted
}

// tidy sends RSET on its own. False: the connection is gone, with 421 or without a reply.
func (s *Session) tidy(r *Result) bool {
	s.now = s.clock()
	s.putReset()
	s.exchange(Rset, r, &r.Reply)
	return s.conn != nil
}

// recipient takes in the reply to one RCPT; ok is whether it is a positive one. False: the message is over.
func (s *Session) recipient(rcpt *RcptResult, r *Result, ok bool) bool {
	switch {
	case r.Err != nil, ok && !s.expects(2, Rcpt, r, &rcpt.Reply):
		return s.fails(r)
	case ok:
		s.envelope.accepted++
	}
	rcpt.Outcome = rcpt.Reply.Outcome()
	if s.conn == nil { // 421
		r.Reply.set(&rcpt.Reply)
		return s.refuse(r, Rcpt)
	}
	return true
}

// refuseAll is after a refusal of every recipient: deferred when one of them was, since then it is worth another try.
func (s *Session) refuseAll(r *Result) bool {
	worth := &r.Recipients[0].Reply
	for i := range r.Recipients {
		if rcpt := &r.Recipients[i]; rcpt.Outcome == Deferred {
			worth = &rcpt.Reply
			break
		}
	}
	r.Reply.set(worth)
	s.dangling = s.conn != nil
	return s.refuse(r, Rcpt)
}

func (s *Session) sendPipelined(m *Message, e *Envelope, p *Patch, r *Result) bool {
	r.Start = s.clock()
	s.now = r.Start
	s.putReset()
	s.putMail(m, e, p)
	n := e.Recipients()
	for from := 0; from < n; from += rcptGroup {
		to := min(from+rcptGroup, n)
		s.putRcpt(e, from, to)
		if to == n && !s.cfg.Chunking {
			s.out = append(s.out, "DATA\r\n"...)
		}
		s.request(Mail)
		if from == 0 && !s.readMail(r) || !s.readRcpt(r, from, to) {
			return false
		}
	}
	if !s.readData(r) {
		return false
	}
	s.carry(m, e, p, r)
	return r.Outcome == Accepted
}

// putEnvelope puts all up to DATA, of at most rcptGroup recipients.
func (s *Session) putEnvelope(m *Message, e *Envelope, p *Patch) {
	s.putReset()
	s.putMail(m, e, p)
	s.putRcpt(e, 0, e.Recipients())
	s.out = append(s.out, "DATA\r\n"...)
}

// readMail reads the replies of RSET and MAIL. False: the connection is gone and the message over.
func (s *Session) readMail(r *Result) bool {
	if s.envelope.resetting {
		s.receive(Rset, r, &s.reply)
		if r.Err != nil {
			return s.fails(r)
		}
		if s.conn == nil {
			r.Reply.set(&s.reply)
			return s.refuse(r, Rset)
		}
	}
	ok := s.receive(Mail, r, &r.Reply)
	if r.Err != nil || ok && !s.expects(2, Mail, r, &r.Reply) {
		return s.fails(r)
	}
	if s.conn == nil {
		return s.refuse(r, Mail)
	}
	s.envelope.mail = ok
	return true
}

// readRcpt reads the replies of some RCPT. After a refused MAIL they say nothing of the recipients.
func (s *Session) readRcpt(r *Result, from, to int) bool {
	for i := from; i < to; i++ {
		if s.envelope.mail {
			rcpt := &r.Recipients[i]
			if !s.recipient(rcpt, r, s.receive(Rcpt, r, &rcpt.Reply)) {
				return false
			}
			continue
		}
		if !s.skip(Rcpt, r) {
			return s.afterRefusal(r)
		}
	}
	return true
}

// readData reads the reply of DATA, when it was sent, and says whether the message is to be carried. False: it is over.
func (s *Session) readData(r *Result) bool {
	switch {
	case s.cfg.Chunking:
	case s.envelope.accepted == 0:
		s.envelope.ready = s.skip(Data, r) && s.reply.Code == 354
	default:
		ok := s.receive(Data, r, &s.reply)
		if r.Err != nil || ok && !s.expects(3, Data, r, &s.reply) {
			return s.fails(r)
		}
		s.envelope.ready = ok
	}
	now := s.moment
	r.Durations[EnvelopePhase] = now.Sub(s.now)
	s.now = now
	switch {
	case s.envelope.accepted > 0 && (s.envelope.ready || s.cfg.Chunking):
		return true
	case s.envelope.accepted > 0:
		s.dangling = s.conn != nil
		r.Reply.set(&s.reply)
		return s.refuse(r, Data)
	}
	return s.afterRefusal(r)
}

// afterRefusal ends a message that was refused by MAIL or by every RCPT, whatever came behind: a DATA that travelled
// along and was let in all the same is ended by the dot alone (RFC 2920 section 3.1), a connection that was lost then
// does not change the answer.
func (s *Session) afterRefusal(r *Result) bool {
	if s.envelope.ready {
		s.out = append(s.out, ".\r\n"...)
		s.request(Sending)
		s.skip(Accepting, r)
	}
	if !s.envelope.mail {
		return s.refuse(r, Mail)
	}
	over := s.envelope.ready
	s.refuseAll(r)
	s.dangling = s.dangling && !over
	return false
}

// skip reads a reply that no longer decides anything. False: the connection is gone; broken says that it was lost.
func (s *Session) skip(phase Phase, r *Result) bool {
	if err := s.read(phase, &s.reply); err != nil {
		s.broken = err
		s.Close()
		return false
	}
	r.note(phase, &s.reply)
	if s.reply.Code == 421 {
		s.Close()
	}
	return s.conn != nil
}
