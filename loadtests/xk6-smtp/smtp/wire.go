package smtp

import (
	"bytes"
	"fmt"
	"net"
	"time"
)

const (
	// inlineBody is up to which size a message is copied behind what precedes it, to be one Write. Above it the copy
	// costs more than a second system call.
	inlineBody    = 64 << 10
	readBuffer    = 4 << 10
	maxReplyLines = 512
	// lastWordsTime is how long a reply is waited for when a write failed: a server that hung up often said why.
	lastWordsTime = time.Second
	slowWrites    = 10 // a second, of a slow sender
)

// wire is a connection with its buffers: whole replies in, whole writes out, each bounded by a deadline.
type wire struct {
	conn       net.Conn // nil: none
	in         []byte
	start, end int // of what was read into in and not yet taken
	out        []byte
	written    int64 // octets since the connection was opened
	broken     *Error
	maxReply   int
	rate       int
	writeTime  time.Duration
	wait       time.Duration // for each reply
	fresh      bool          // nothing was waited for since the reply was begun
	moment     time.Time     // when the last write or read ended, or what follows began: the clock is asked once for each
	readUntil  time.Time
	writeUntil time.Time
	done       chan struct{} // closed by an interrupt: ends the pauses of a slow sender
	tickets    net.Conn      // under a new TLS 1.3, whose session tickets come before its next reply; else nil
}

func (w *wire) attach(conn net.Conn) {
	w.conn = conn
	w.start, w.end = 0, 0
	w.out = w.out[:0]
	w.readUntil, w.writeUntil = time.Time{}, time.Time{}
	w.broken, w.written, w.tickets = nil, 0, nil
	w.clock()
	if w.in == nil {
		w.in = make([]byte, readBuffer)
	}
}

// clock takes the time at which something begins or ends.
func (w *wire) clock() time.Time {
	w.moment = time.Now()
	return w.moment
}

// coarse gives a deadline that leaves at least timeout and at most an eighth more; renew says that the one in force
// does not do.
func coarse(inForce, now time.Time, timeout time.Duration) (until time.Time, renew bool) {
	least := now.Add(timeout)
	slack := timeout / 8
	if inForce.Before(least) || inForce.After(least.Add(slack)) {
		return least.Add(slack), true
	}
	return inForce, false
}

// flush writes what was put, in one Write. After a failure it gives the same error again.
func (w *wire) flush(phase Phase) *Error {
	if len(w.out) == 0 {
		return w.broken
	}
	w.checkUnasked(phase)
	err := w.write(phase, w.out)
	w.out = w.out[:0]
	return err
}

// checkUnasked refuses to go on behind a reply that nobody asked for: each later one would be taken for an answer to the
// wrong command. All replies have been read when something is written; only 421 may come at any time (RFC 5321 section
// 3.8), and the refusal of a message before it is whole.
func (w *wire) checkUnasked(phase Phase) {
	unasked := w.in[w.start:w.end]
	if len(unasked) == 0 || w.broken != nil || bytes.HasPrefix(unasked, []byte("421")) ||
		phase == Sending && (unasked[0] == '4' || unasked[0] == '5') {
		return
	}
	w.broken = &Error{Code: ProtocolError, Phase: phase, Message: fmt.Sprintf("a reply that nobody asked for: %.40q", unasked)}
}

// body puts a part of a message: copied when it is small, else written from where it lies.
func (w *wire) body(part []byte) *Error {
	if len(w.out)+len(part) <= inlineBody {
		w.out = append(w.out, part...)
		return nil
	}
	if err := w.flush(Sending); err != nil {
		return err
	}
	return w.write(Sending, part)
}

func (w *wire) write(phase Phase, b []byte) *Error {
	if w.broken != nil {
		return w.broken
	}
	if w.rate > 0 {
		return w.writeSlowly(phase, b)
	}
	return w.writeNow(phase, b)
}

func (w *wire) writeNow(phase Phase, b []byte) *Error {
	if until, renew := coarse(w.writeUntil, w.moment, w.writeTime); renew {
		w.writeUntil = until
		if err := w.conn.SetWriteDeadline(until); err != nil {
			w.broken = ioError(phase, err)
			return w.broken
		}
	}
	n, err := w.conn.Write(b)
	w.clock()
	w.written += int64(n)
	if err != nil {
		w.broken = ioError(phase, err)
	}
	return w.broken
}

// writeSlowly pauses after each piece. Each piece has a write timeout of its own, so the whole is bounded by
// size / rate and the timeouts.
func (w *wire) writeSlowly(phase Phase, b []byte) *Error {
	piece := max(1, w.rate/slowWrites)
	for len(b) > 0 {
		n := min(piece, len(b))
		if err := w.writeNow(phase, b[:n]); err != nil {
			return err
		}
		b = b[n:]
		pause := time.NewTimer(time.Duration(n) * time.Second / time.Duration(w.rate))
		select {
		case <-pause.C:
		case <-w.done:
			pause.Stop()
			w.broken = ioError(phase, net.ErrClosed)
			return w.broken
		}
	}
	return nil
}

// read takes one reply within wait, however it trickles in; one that lies in the buffer already costs no timer.
func (w *wire) read(phase Phase, reply *Reply) *Error {
	reply.reset()
	if w.broken != nil && w.broken.Code == ProtocolError {
		return w.broken
	}
	w.fresh = true
	octets := 0
	for lines := 0; ; lines++ {
		line, err := w.line(phase)
		if err != nil {
			return err
		}
		octets += len(line)
		if octets > w.maxReply || lines == maxReplyLines {
			return w.tooLong(phase)
		}
		last, problem := reply.line(line, lines == 0)
		if problem != "" {
			return &Error{Code: ProtocolError, Phase: phase, Message: problem}
		}
		if last {
			return nil
		}
	}
}

// line gives the next line without its line end, in place: valid until more is read.
func (w *wire) line(phase Phase) ([]byte, *Error) {
	searched := w.start
	for {
		if i := bytes.IndexByte(w.in[searched:w.end], '\n'); i >= 0 {
			line := w.in[w.start : searched+i]
			w.start = searched + i + 1
			if n := len(line); n > 0 && line[n-1] == '\r' {
				line = line[:n-1]
			}
			return line, nil
		}
		held := w.end - w.start
		if held > w.maxReply {
			return nil, w.tooLong(phase)
		}
		if err := w.fill(phase); err != nil {
			return nil, err
		}
		searched = w.start + held
	}
}

// fill reads once, behind what is held.
func (w *wire) fill(phase Phase) *Error {
	if w.start > 0 {
		w.end = copy(w.in, w.in[w.start:w.end])
		w.start = 0
	}
	if w.end == len(w.in) {
		w.in = append(w.in, make([]byte, len(w.in))...)
	}
	if w.fresh {
		w.fresh = false
		if until, renew := coarse(w.readUntil, w.moment, w.wait); renew {
			w.readUntil = until
			if err := w.conn.SetReadDeadline(until); err != nil {
				return ioError(phase, err)
			}
		}
	}
	if w.tickets != nil {
		quickAck(w.tickets)
		w.tickets = nil
	}
	n, err := w.conn.Read(w.in[w.end:])
	w.clock()
	w.end += n
	if n == 0 && err != nil {
		if w.broken != nil && w.broken.Code != Timeout {
			return w.broken // the write failed first, and says more than the end of the stream
		}
		return ioError(phase, err)
	}
	return nil
}

func (w *wire) tooLong(phase Phase) *Error {
	return &Error{
		Code: LimitExceeded, Phase: phase,
		Message: fmt.Sprintf("a reply of more than %d octets or %d lines", w.maxReply, maxReplyLines),
	}
}
