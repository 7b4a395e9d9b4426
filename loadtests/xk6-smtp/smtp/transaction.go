package smtp

import "strconv"

// rcptGroup is how many RCPT travel before their replies are read. More could fill the buffers of both directions, each
// side waiting for the other to read (RFC 2920 section 3.1).
const rcptGroup = 500

// envelopeState is what the replies to the envelope under way have said so far.
type envelopeState struct {
	resetting bool // the reply of RSET comes first
	mail      bool // MAIL was taken
	accepted  int  // recipients
	ready     bool // 354 came
}

// suits says whether the server can take the envelope at all, before anything is sent.
func (s *Session) suits(e *Envelope, r *Result) bool {
	switch {
	case s.conn == nil:
		return r.fail(&Error{Code: Closed, Phase: Mail, Message: "no connection is open"})
	case s.cfg.Chunking && !s.ext.chunking:
		return r.fail(&Error{Code: ChunkingNotOffered, Phase: Mail, Message: "the server does not offer CHUNKING"})
	case e.utf8 && !s.ext.utf8:
		return r.fail(&Error{
			Code: SMTPUTF8NotOffered, Phase: Mail,
			Message: "the envelope needs SMTPUTF8, which the server does not offer",
		})
	}
	return true
}

// putReset begins with RSET where the transaction before was left open.
func (s *Session) putReset() {
	s.envelope = envelopeState{resetting: s.dangling}
	if s.dangling {
		s.out = append(s.out, "RSET\r\n"...)
		s.dangling = false
	}
}

func (s *Session) putMail(m *Message, e *Envelope, p *Patch) {
	s.out = append(s.out, e.mail...)
	if s.ext.size && !e.noSize {
		s.out = append(s.out, " SIZE="...)
		s.out = strconv.AppendInt(s.out, int64(s.sizeOf(m, e, p)), 10)
	}
	if s.ext.eightBit {
		switch {
		case e.body == Body8BitMIME, e.body == AutoBody && m.eightBit:
			s.out = append(s.out, " BODY=8BITMIME"...)
		case e.body == Body7Bit:
			s.out = append(s.out, " BODY=7BIT"...)
		}
	}
	if e.utf8 {
		s.out = append(s.out, " SMTPUTF8"...)
	}
	if s.ext.dsn {
		s.out = append(s.out, e.dsn...)
	}
	s.out = append(s.out, '\r', '\n')
}

func (s *Session) putRcpt(e *Envelope, from, to int) {
	commands, ends := e.rcpt, e.ends
	if s.ext.dsn {
		commands, ends = e.rcptDSN, e.endsDSN
	}
	start := 0
	if from > 0 {
		start = ends[from-1]
	}
	s.out = append(s.out, commands[start:ends[to-1]]...)
}

// sizeOf is the message's octets in this send, without dot stuffing.
func (s *Session) sizeOf(m *Message, e *Envelope, p *Patch) int {
	if len(p.headers) == 0 {
		return m.plainHeadSize(e) + len(m.bdat)
	}
	s.scratch = m.appendHead(s.scratch[:0], e, p)
	return len(s.scratch) + len(m.bdat)
}

// putMessage puts the message with its final dot, or behind BDAT LAST, which needs none.
func (s *Session) putMessage(m *Message, e *Envelope, p *Patch) *Error {
	p.stamp(s.now)
	rest := m.rest
	if s.cfg.Chunking {
		rest = m.bdat
		s.out = append(s.out, "BDAT "...)
		s.out = strconv.AppendInt(s.out, int64(s.sizeOf(m, e, p)), 10)
		s.out = append(s.out, " LAST\r\n"...)
	}
	s.out = m.appendHead(s.out, e, p)
	if s.cfg.AbortAfter == Sending {
		rest = rest[:len(rest)/2]
	}
	return s.body(rest)
}

// carry sends the message, from s.now on, and reads what becomes of it.
func (s *Session) carry(m *Message, e *Envelope, p *Patch, r *Result) {
	err := s.putMessage(m, e, p)
	if err == nil {
		err = s.flush(Sending)
	}
	s.handed(m, e, p, r)
	now := s.moment
	r.Durations[Sending] = now.Sub(s.now)
	s.now = now
	switch {
	case err != nil:
		s.brokenOff(r, err)
	case s.cfg.AbortAfter == Sending:
		r.Octets = 0
		s.aborts(Sending, r)
		s.finish(r)
	default:
		s.settle(r)
	}
}

// handed notes what is handed over.
func (s *Session) handed(m *Message, e *Envelope, p *Patch, r *Result) {
	r.Phase = Sending
	r.Token = append(r.Token[:0], p.token[:]...)
	r.Octets = s.sizeOf(m, e, p)
}

// settle reads the reply of the final dot, or with LMTP one for each accepted recipient (RFC 2033 section 4.2).
func (s *Session) settle(r *Result) {
	s.wait = s.cfg.Timeouts.Data
	if s.cfg.LMTP {
		s.settleEach(r)
	} else if !s.final(r, &r.Reply) {
		uncertain(r.Recipients)
	} else {
		r.Outcome = r.Reply.Outcome()
		for i := range r.Recipients {
			if rcpt := &r.Recipients[i]; rcpt.Outcome == Accepted {
				rcpt.Reply.set(&r.Reply)
				rcpt.Outcome = r.Outcome
			}
		}
	}
	now := s.moment
	r.Durations[Accepting] = now.Sub(s.now)
	s.now = now
	s.finish(r)
}

func (s *Session) settleEach(r *Result) {
	var best, last *Reply
	for i := range r.Recipients {
		rcpt := &r.Recipients[i]
		if rcpt.Outcome != Accepted {
			continue
		}
		if s.conn == nil { // 421 to the one before
			rcpt.Reply.set(last)
			rcpt.Outcome = last.Outcome()
			continue
		}
		if !s.final(r, &rcpt.Reply) {
			uncertain(r.Recipients[i:])
			break
		}
		rcpt.Outcome, last = rcpt.Reply.Outcome(), &rcpt.Reply
		if best == nil || rcpt.Outcome < best.Outcome() {
			best = &rcpt.Reply
		}
	}
	if best != nil && (r.Err == nil || best.Outcome() == Accepted) {
		r.Reply.set(best)
		r.Outcome = best.Outcome()
	}
}

// final reads one reply to the message itself. False: the connection was lost, and what had no reply is uncertain.
func (s *Session) final(r *Result, into *Reply) bool {
	err := s.read(Accepting, into)
	if err == nil && into.Outcome() == NoOutcome {
		err = unexpected(Accepting, into)
	}
	if err == nil {
		r.note(Accepting, into)
		if into.Code == 421 {
			s.Close()
		}
		return true
	}
	s.Close()
	into.reset()
	r.Reply.reset()
	r.Err = &Error{Code: err.Code, Phase: Accepting, Message: err.Message + " after the final dot", Err: err}
	r.Phase, r.Outcome = Accepting, Uncertain
	return false
}

func uncertain(recipients []RcptResult) {
	for i := range recipients {
		if rcpt := &recipients[i]; rcpt.Outcome == Accepted {
			rcpt.Reply.reset()
			rcpt.Outcome = Uncertain
		}
	}
}

// brokenOff is after a write that failed in the middle of the message: the server cannot have taken it, and perhaps it
// said why before it closed.
func (s *Session) brokenOff(r *Result, err *Error) {
	s.wait = min(s.cfg.Timeouts.Command, lastWordsTime)
	r.Octets = 0
	if err.Code != AbortedByCaller && s.read(Sending, &s.reply) == nil && s.reply.Code >= 400 {
		r.Reply.set(&s.reply)
		r.note(Sending, &r.Reply)
		s.Close()
		s.refuse(r, Sending)
		return
	}
	s.lose(r, err)
	s.fails(r)
}

// expects says whether a positive reply is of the class that the phase needs.
func (s *Session) expects(class int, phase Phase, r *Result, reply *Reply) bool {
	if reply.Code/100 != class {
		return s.lose(r, unexpected(phase, reply))
	}
	return true
}

func unexpected(phase Phase, reply *Reply) *Error {
	return &Error{Code: ProtocolError, Phase: phase, Message: "unexpected reply " + strconv.Itoa(reply.Code)}
}

// refuse ends a message by r.Reply of a phase, for all recipients that had not been refused before. Without a reply the
// connection was lost.
func (s *Session) refuse(r *Result, phase Phase) bool {
	if r.Err != nil {
		return s.fails(r)
	}
	r.Phase, r.Outcome = phase, r.Reply.Outcome()
	for i := range r.Recipients {
		if rcpt := &r.Recipients[i]; rcpt.Outcome == NoOutcome || rcpt.Outcome == Accepted {
			rcpt.Reply.set(&r.Reply)
			rcpt.Outcome = r.Outcome
		}
	}
	return s.finish(r)
}

// fails ends a message by r.Err, before the final dot.
func (s *Session) fails(r *Result) bool {
	r.Outcome = Failed
	if r.Err.Code == AbortedByCaller {
		r.Outcome = Aborted
	}
	for i := range r.Recipients {
		if rcpt := &r.Recipients[i]; rcpt.Outcome == NoOutcome || rcpt.Outcome == Accepted {
			rcpt.Reply.reset()
			rcpt.Outcome = r.Outcome
		}
	}
	return s.finish(r)
}

// finish notes the time of the whole message, up to s.now.
func (s *Session) finish(r *Result) bool {
	if r.Outcome == Aborted {
		for i := range r.Recipients {
			if rcpt := &r.Recipients[i]; rcpt.Outcome == NoOutcome || rcpt.Outcome == Accepted {
				rcpt.Outcome = Aborted
			}
		}
	}
	if len(r.Replies) > 0 {
		s.messages++
	}
	if !r.Start.IsZero() {
		r.Message = s.now.Sub(r.Start)
	}
	return r.Outcome == Accepted
}
