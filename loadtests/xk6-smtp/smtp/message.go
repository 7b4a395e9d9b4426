package smtp

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	dateLayout    = "Mon, 02 Jan 2006 15:04:05 -0700"
	dateWidth     = len(dateLayout)
	messageDomain = "mailgauge.invalid"
	defaultFrom   = "From: postmaster@" + messageDomain + "\r\n"
)

// Message is built once, not changed by sending, and may be shared by sessions.
type Message struct {
	Name     string
	head     []byte // header fields, CRLF-ended, without the empty line behind them
	fields   []field
	date     int // where a Date to be patched lies in head; -1: the message has its own
	id       int // where the token lies in the Message-ID; -1 as well
	needFrom bool
	needTo   bool
	rest     []byte // from the empty line on, dot-stuffed, with the final dot
	bdat     []byte // the same for BDAT: not stuffed, without the final dot
	eightBit bool
}

// field is where one header field lies in head, with its line end.
type field struct {
	name       string
	start, end int
}

// tokenAt is where the token lies in each head: the field comes first.
const tokenAt = len(TokenHeader) + len(": ")

// Size is its octets on the wire with the usual token, without dot stuffing.
func (m *Message) Size() int { return len(m.head) + len(m.bdat) }

// assemble makes the wire forms. own are the fields of the message, body what follows the empty line (or, when opaque,
// all the rest as it came); both with CRLF.
func (m *Message) assemble(own []byte, body []byte, opaque bool) {
	m.date, m.id, m.needFrom, m.needTo = -1, -1, true, true
	m.head = append(m.head[:0], TokenHeader+": "...)
	m.head = append(append(m.head, bytes.Repeat([]byte("-"), TokenWidth)...), "\r\n"...)
	m.fields = append(m.fields[:0], field{TokenHeader, 0, len(m.head)})
	hasDate, hasID := false, false
	for len(own) > 0 {
		end := fieldEnd(own)
		name := string(own[:bytes.IndexByte(own, ':')])
		name = strings.TrimRight(name, " \t")
		switch strings.ToLower(name) {
		case "date":
			hasDate = true
		case "message-id":
			hasID = true
		case "from":
			m.needFrom = false
		case "to", "cc", "bcc":
			m.needTo = false
		}
		if !strings.EqualFold(name, TokenHeader) {
			m.append(name, own[:end])
		}
		own = own[end:]
	}
	if !hasDate {
		m.date = len(m.head) + len("Date: ")
		m.append("Date", []byte("Date: "+dateLayout+"\r\n"))
	}
	if !hasID {
		m.id = len(m.head) + len("Message-ID: <")
		m.append("Message-ID", []byte("Message-ID: <"+strings.Repeat("-", TokenWidth)+"@"+messageDomain+">\r\n"))
	}
	m.setRest(body, opaque)
}

func (m *Message) append(name string, text []byte) {
	start := len(m.head)
	m.head = append(m.head, text...)
	m.fields = append(m.fields, field{name, start, len(m.head)})
}

// setRest keeps one form only when nothing is to be stuffed: the dot is all they differ in.
func (m *Message) setRest(body []byte, opaque bool) {
	stuffed := 0
	if opaque {
		m.rest = append(m.rest[:0], body...)
	} else {
		m.rest = append(append(m.rest[:0], "\r\n"...), body...)
	}
	if !bytes.HasSuffix(m.rest, []byte("\r\n")) {
		m.rest = append(m.rest, "\r\n"...)
	}
	m.eightBit = !isASCII7(m.rest) || !isASCII7(m.head)
	plain := m.rest
	if bytes.HasPrefix(plain, []byte(".")) {
		stuffed++
	}
	stuffed += bytes.Count(plain, []byte("\r\n."))
	if stuffed > 0 {
		m.rest = stuff(make([]byte, 0, len(plain)+stuffed+3), plain)
		m.bdat = plain
	}
	m.rest = append(m.rest, ".\r\n"...)
	if stuffed == 0 {
		m.bdat = m.rest[:len(m.rest)-len(".\r\n")]
	}
}

// stuff doubles the dot at the start of each line (RFC 5321 section 4.5.2).
func stuff(dst, text []byte) []byte {
	for len(text) > 0 {
		if text[0] == '.' {
			dst = append(dst, '.')
		}
		end := bytes.IndexByte(text, '\n') + 1
		if end == 0 {
			end = len(text)
		}
		dst = append(dst, text[:end]...)
		text = text[end:]
	}
	return dst
}

// plainHeadSize is the octets that appendHead adds when no field is replaced.
func (m *Message) plainHeadSize(e *Envelope) int {
	size := len(m.head)
	if m.needFrom {
		size += len(e.from)
	}
	if m.needTo {
		size += len(e.to)
	}
	return size
}

// appendHead appends the header of one send: patched, and with the addresses of the envelope where the message has none.
func (m *Message) appendHead(dst []byte, e *Envelope, p *Patch) []byte {
	if len(p.headers) > 0 {
		return m.appendReplaced(dst, e, p)
	}
	at := len(dst)
	dst = append(dst, m.head...)
	copy(dst[at+tokenAt:], p.token[:])
	if m.date >= 0 {
		copy(dst[at+m.date:], p.date[:])
	}
	if m.id >= 0 {
		copy(dst[at+m.id:], p.token[:])
	}
	if m.needFrom {
		dst = append(dst, e.from...)
	}
	if m.needTo {
		dst = append(dst, e.to...)
	}
	return dst
}

// appendReplaced is appendHead with the fields of the patch in place of those with the same name.
func (m *Message) appendReplaced(dst []byte, e *Envelope, p *Patch) []byte {
	whole := Patch{token: p.token, date: p.date}
	patched := m.appendHead(nil, e, &whole)
	for _, f := range m.fields {
		if !p.replaces(f.name) {
			dst = append(dst, patched[f.start:f.end]...)
		}
	}
	if m.needFrom && !p.replaces("From") {
		dst = append(dst, e.from...)
	}
	if m.needTo && !p.replaces("To") && !p.replaces("Cc") && !p.replaces("Bcc") {
		dst = append(dst, e.to...)
	}
	for _, h := range p.headers {
		dst = h.append(dst)
	}
	return dst
}

func (p *Patch) replaces(name string) bool {
	for _, h := range p.headers {
		if strings.EqualFold(h.Name, name) {
			return true
		}
	}
	return false
}

// Header is one field.
type Header struct{ Name, Value string }

// check refuses what is no field, or would become another one (RFC 5322 section 2.2).
func (h Header) check(place string) error {
	if h.Name == "" {
		return fmt.Errorf("%s: a field without a name", place)
	}
	for i, c := range []byte(h.Name) {
		if c <= ' ' || c >= 0x7f || c == ':' || i == 0 && c == '.' { // the header is not dot-stuffed
			return fmt.Errorf("%s: %q is no name of a header field", place, h.Name)
		}
	}
	if strings.EqualFold(h.Name, TokenHeader) {
		return fmt.Errorf("%s.%s: is set by each send", place, h.Name)
	}
	return CheckLine(place+"."+h.Name, h.Value)
}

func isASCII7(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
