package smtp

// windowReplies bounds the replies that a window asks for: at 512 octets each (RFC 5321 section 4.5.3.1.5) they have room
// in the receive buffer of any system. A server that could not write them would stop reading, while this side still
// writes and reads nothing (RFC 2920 section 3.1).
const windowReplies = 120

// repliesOf is how many a message to n recipients asks for in a window.
func (s *Session) repliesOf(n int) int {
	if s.cfg.LMTP {
		return 1 + 2*n
	}
	return n + 2
}

// fitsWindow says whether a message to n recipients may travel by BDAT without a look at the replies in between.
func (s *Session) fitsWindow(n int) bool { return s.repliesOf(n) <= windowReplies }

// flight is one message of a window under way.
type flight struct {
	token      [TokenWidth]byte
	octets     int
	start, end int64 // on the connection
	unreadable *Error
}

// sendWindows sends whole messages by BDAT (RFC 3030), a window of them in one write.
func (s *Session) sendWindows(b *Batch, r *Result) int {
	window := max(1, min(b.Window, windowReplies/s.repliesOf(b.Envelope.Recipients())))
	for done := 0; done < b.Count; {
		if s.conn == nil {
			return done
		}
		size := min(window, b.Count-done)
		ended, spoilt := s.window(b, done, size, r)
		done += ended
		for _, i := range spoilt {
			if s.conn != nil {
				s.window(b, i, 1, r)
				continue
			}
			s.begin(b.Envelope, r)
			r.Echo = true
			s.fails(r)
			b.Each(i, r)
		}
		if ended < size {
			return done
		}
	}
	return b.Count
}

// single is the batch of one that Send makes of a message; made once, for Send must not allocate.
type single struct {
	Batch
	message *Message
}

func newSingle() *single {
	one := &single{}
	one.Next = func(int) (*Message, *Error) { return one.message, nil }
	one.Each = func(int, *Result) {}
	return one
}

// sendWindow is a window of one, for Send.
func (s *Session) sendWindow(m *Message, e *Envelope, p *Patch, r *Result) bool {
	if s.one == nil {
		s.one = newSingle()
	}
	s.one.message, s.one.Envelope, s.one.Patch = m, e, p
	s.window(&s.one.Batch, 0, 1, r)
	return r.Outcome == Accepted
}

// window sends messages from..from+size-1 and reads their replies. ended is how many are dealt with; fewer than size
// means that the connection is gone. spoilt are those among them that were refused only because a transaction before
// was left open by the refusal of its recipients: they were not told of.
func (s *Session) window(b *Batch, from, size int, r *Result) (ended int, spoilt []int) {
	start := s.clock()
	s.now = start
	s.checkUnasked(Mail)
	resetting := s.putWindow(b, from, size)
	s.wait = s.cfg.Timeouts.Data
	if err := s.flush(Sending); err != nil {
		s.wait = min(s.wait, lastWordsTime)
	}
	sent := s.moment
	nested := false
	for j := range size {
		f := &s.flying[j]
		if f.unreadable != nil {
			s.unreadable(b, from+j, r, f.unreadable)
			continue
		}
		s.land(b, f, r)
		if s.conn == nil {
			if s.broken == nil { // 421: what follows it was not taken
				return j, spoilt
			}
			r.Err = s.broken
			return j + s.loseWindow(b, from+j, s.flying[j:size], r), spoilt
		}
		r.Start, s.now = start, sent
		s.envelope = envelopeState{resetting: resetting}
		resetting = false
		r.Durations[Sending] = sent.Sub(start)
		again := s.readWindowed(r, nested)
		switch {
		case again:
			spoilt = append(spoilt, from+j)
			continue
		case r.Err != nil:
			return j + s.loseWindow(b, from+j, s.flying[j:size], r), spoilt
		}
		nested = s.dangling
		b.Each(from+j, r)
	}
	return size, spoilt
}

// land makes r ready for what became of a flight.
func (s *Session) land(b *Batch, f *flight, r *Result) {
	s.begin(b.Envelope, r)
	r.Token, r.Octets = append(r.Token[:0], f.token[:]...), f.octets
}

// putWindow puts the messages and notes where on the connection each lies.
func (s *Session) putWindow(b *Batch, from, size int) (resetting bool) {
	s.putReset()
	resetting = s.envelope.resetting
	s.flying = s.flying[:0]
	for j := range size {
		f := flight{start: s.written + int64(len(s.out))}
		m, err := b.Next(from + j)
		if err != nil {
			f.unreadable = err
			s.flying = append(s.flying, f)
			continue
		}
		s.putMail(m, b.Envelope, b.Patch)
		s.putRcpt(b.Envelope, 0, b.Envelope.Recipients())
		_ = s.putMessage(m, b.Envelope, b.Patch) // flush says it again
		f.token, f.octets = b.Patch.token, s.sizeOf(m, b.Envelope, b.Patch)
		f.end = s.written + int64(len(s.out))
		s.flying = append(s.flying, f)
	}
	return resetting
}

// readWindowed reads the replies for one message. nested: a transaction before it was left open, so that a 503 to its
// MAIL is no answer of its own. True: it was spoilt by that, and is to be sent again.
func (s *Session) readWindowed(r *Result, nested bool) (again bool) {
	s.dangling = nested
	if !s.readMail(r) {
		return false
	}
	soft := nested && !s.envelope.mail && r.Reply.Code == 503
	if soft {
		s.envelope.mail = true
	}
	if !s.readRcpt(r, 0, len(r.Recipients)) {
		return false
	}
	if s.envelope.accepted > 0 {
		s.dangling = false
		s.settle(r)
		return soft && r.Err == nil && r.Outcome != Accepted
	}
	s.skip(Accepting, r) // the BDAT of a message that nobody is to have
	r.Octets = 0
	if s.now = s.moment; s.envelope.mail {
		s.refuseAll(r)
		return soft
	}
	s.refuse(r, Mail)
	return false
}

// loseWindow is after the connection was lost: what was written to its end is uncertain, what was begun has failed.
// It gives how many of the flights are dealt with.
func (s *Session) loseWindow(b *Batch, first int, flights []flight, r *Result) int {
	lost := r.Err
	r.Stale = false // without a reply it may have been taken all the same
	for j := range flights {
		f := &flights[j]
		if f.unreadable != nil {
			s.unreadable(b, first+j, r, f.unreadable)
			continue
		}
		if f.start >= s.written {
			return j
		}
		if j > 0 {
			s.land(b, f, r)
			r.Echo = true
		}
		if r.Outcome != Uncertain && f.end <= s.written {
			r.Err = &Error{Code: lost.Code, Phase: Accepting, Message: lost.Message + " after the message", Err: lost}
			r.Phase, r.Outcome = Accepting, Uncertain
			for i := range r.Recipients {
				if r.Recipients[i].Outcome != Deferred && r.Recipients[i].Outcome != Rejected {
					r.Recipients[i].Outcome = Uncertain
				}
			}
		} else if r.Outcome != Uncertain {
			r.Err, r.Octets = lost, 0
			s.fails(r)
		}
		b.Each(first+j, r)
	}
	return len(flights)
}
