package smtp

import (
	"bytes"
	"errors"
)

// ParseMessage takes a whole message (RFC 5322): line ends are made CRLF. Its own Date and Message-ID are kept; missing
// ones are made for each send.
func ParseMessage(name string, raw []byte) (*Message, error) {
	m := &Message{Name: name}
	if err := m.parse(normalise(make([]byte, 0, len(raw)+len(raw)/32+2), raw)); err != nil {
		return nil, err
	}
	return m, nil
}

// parse takes text with CRLF line ends. Where it stops to look like a header, everything from there on is passed on as it
// is: a broken message is to reach the server broken.
func (m *Message) parse(text []byte) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return errors.New("raw: the message is empty")
	}
	if bytes.HasPrefix(text, []byte("From ")) { // the separator of an mbox file
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	end := 0
	for end < len(text) && isFieldStart(text[end:]) {
		end += fieldEnd(text[end:])
	}
	header, rest := text[:end], text[end:]
	body, separated := bytes.CutPrefix(rest, []byte("\r\n"))
	opaque := !separated && len(header) > 0 && len(rest) > 0
	m.assemble(header, body, opaque)
	return nil
}

// isFieldStart says whether a line begins with a field name and a colon. A name with a dot in front would need stuffing
// and is no field in use.
func isFieldStart(text []byte) bool {
	for i, c := range text {
		switch {
		case c == ':':
			return i > 0
		case c == ' ' || c == '\t': // before the colon, an obsolete form
			trimmed := bytes.TrimLeft(text[i:], " \t")
			return i > 0 && len(trimmed) > 0 && trimmed[0] == ':'
		case c < ' ' || c >= 0x7f || i == 0 && c == '.':
			return false
		}
	}
	return false
}

// fieldEnd is where a field with its folded lines ends.
func fieldEnd(text []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		at += i + 1
		if at == len(text) || text[at] != ' ' && text[at] != '\t' {
			return at
		}
	}
}

// normalise appends the text with CRLF for each CRLF, bare CR or bare LF, and one at its end (RFC 5321 section 2.3.8).
func normalise(dst, text []byte) []byte {
	for len(text) > 0 {
		i := bytes.IndexAny(text, "\r\n")
		if i < 0 {
			dst = append(dst, text...)
			break
		}
		dst = append(append(dst, text[:i]...), '\r', '\n')
		if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i++
		}
		text = text[i+1:]
	}
	if len(dst) > 0 && dst[len(dst)-1] != '\n' {
		dst = append(dst, '\r', '\n')
	}
	return dst
}
