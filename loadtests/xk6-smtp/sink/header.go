package sink

import "bytes"

// maxHeader is how much of a message is searched for the token.
const maxHeader = 8 << 10

// headerScan finds the token in the first octets of a message, which come in pieces of any size. It looks at lines in
// the piece itself and keeps only the beginning of a line that a piece cuts off.
type headerScan struct {
	done  bool
	found bool
	token token
	seen  int
	part  []byte // beginning of a line that continues in the next piece, at most maxPart octets of it
}

// maxPart is room for the token's line; of a longer one only the beginning is of interest.
const maxPart = len(tokenHeader) + tokenWidth + 32

func (s *headerScan) reset() {
	s.done, s.found, s.seen, s.part = false, false, 0, s.part[:0]
}

// feed takes the next piece of the message.
func (s *headerScan) feed(piece []byte) {
	if left := maxHeader - s.seen; len(piece) > left {
		piece = piece[:left]
	}
	s.seen += len(piece)
	for len(piece) > 0 && !s.done {
		end := bytes.IndexByte(piece, '\n')
		if end < 0 {
			s.keep(piece)
			break
		}
		line := piece[:end]
		piece = piece[end+1:]
		if len(s.part) > 0 {
			s.keep(line)
			line = s.part
		}
		s.line(line)
		s.part = s.part[:0]
	}
	if s.seen >= maxHeader {
		s.done = true
	}
}

func (s *headerScan) keep(beginning []byte) {
	room := maxPart - len(s.part)
	s.part = append(s.part, beginning[:min(room, len(beginning))]...)
}

func (s *headerScan) line(line []byte) {
	if len(line) == 0 || (len(line) == 1 && line[0] == '\r') {
		s.done = true
		return
	}
	if line[0]|0x20 != 'x' || len(line) < len(tokenHeader) ||
		!bytes.EqualFold(line[:len(tokenHeader)], []byte(tokenHeader)) {
		return
	}
	s.token, s.found = parseToken(line[len(tokenHeader):])
	s.done = true
}
