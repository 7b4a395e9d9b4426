package smtp

// Batch is many messages over one session.
type Batch struct {
	Count    int
	Window   int // messages in one write by BDAT, as far as they ask for 120 replies at most
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
//
// Replies of the next envelope come with that of the message before. So the time of a message, and of its envelope,
// begins where the message before ended: it holds no wait for another one. Within a window it begins with the window.
func (s *Session) SendBatch(b *Batch, r *Result) int {
	switch {
	case !s.pipelines(), b.Envelope.Recipients() > rcptGroup, !s.begin(b.Envelope, r):
		return s.sendEach(b, r)
	case s.cfg.Chunking && !s.fitsWindow(b.Envelope.Recipients()):
		return s.sendEach(b, r)
	case s.cfg.Chunking:
		return s.sendWindows(b, r)
	}
	return s.sendBehind(b, r)
}

// sendEach sends one after the other.
func (s *Session) sendEach(b *Batch, r *Result) int {
	for i := range b.Count {
		if s.conn == nil {
			return i
		}
		m, err := b.Next(i)
		if err != nil {
			s.unreadable(b, i, r, err)
			continue
		}
		s.Send(m, b.Envelope, b.Patch, r)
		b.Each(i, r)
	}
	return b.Count
}

// unreadable tells of a message that could not be read.
func (s *Session) unreadable(b *Batch, i int, r *Result, err *Error) {
	r.reset()
	r.recipients(b.Envelope.Recipients())
	r.fail(err)
	s.fails(r)
	b.Each(i, r)
}

// sendBehind puts each envelope behind the final dot of the message before (RFC 2920 section 3.1: what ends a message
// need not be waited for).
func (s *Session) sendBehind(b *Batch, r *Result) int {
	var m *Message // whose envelope is under way
	var err *Error
	for i := range b.Count {
		if m == nil && err == nil {
			if s.conn == nil {
				return i
			}
			if m, err = b.Next(i); err == nil {
				s.now = s.clock()
				s.putEnvelope(m, b.Envelope, b.Patch)
				s.request(Mail)
			}
		}
		if err != nil {
			s.unreadable(b, i, r, err)
			m, err = nil, nil
			continue
		}
		s.begin(b.Envelope, r)
		r.Start = s.now
		if !s.readMail(r) || !s.readRcpt(r, 0, b.Envelope.Recipients()) || !s.readData(r) {
			m = nil
		} else {
			m, err = s.carryAhead(b, i, m, r)
		}
		if r.Stale {
			return i
		}
		if s.conn == nil {
			m, err = nil, nil
		}
		b.Each(i, r)
	}
	return b.Count
}

// carryAhead is carry with the envelope of the next message behind it, which it gives.
func (s *Session) carryAhead(b *Batch, i int, m *Message, r *Result) (next *Message, unreadable *Error) {
	e, p := b.Envelope, b.Patch
	partly := s.putMessage(m, e, p) != nil
	end := s.written + int64(len(s.out))
	s.handed(m, e, p, r)
	if i+1 < b.Count {
		if next, unreadable = b.Next(i + 1); unreadable == nil {
			s.putEnvelope(next, e, p)
		}
	}
	if !partly {
		partly = s.flush(Sending) != nil && s.written < end // else what is lost is the envelope behind the message
	}
	now := s.moment
	r.Durations[Sending] = now.Sub(s.now)
	s.now = now
	if partly {
		s.brokenOff(r, s.broken)
		return nil, nil
	}
	s.settle(r)
	return next, unreadable
}
