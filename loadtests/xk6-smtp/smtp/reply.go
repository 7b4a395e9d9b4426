package smtp

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Enhanced is an enhanced status code (RFC 3463), such as 5.7.1; the zero value is none.
type Enhanced struct{ Class, Subject, Detail uint16 }

// String gives "" for none.
func (e Enhanced) String() string {
	if e.Class == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", e.Class, e.Subject, e.Detail)
}

// Reply is one reply of the server (RFC 5321 section 4.2). Its buffer is used again for the next one.
type Reply struct {
	Code     int // 0: none
	Enhanced Enhanced
	text     []byte // lines without code and enhanced code, each but the last ended by LF
}

// Text is the text of all lines, without their codes and enhanced codes, joined by LF. What could steer a terminal is
// replaced.
func (r *Reply) Text() string {
	return strings.Map(printable, string(bytes.ToValidUTF8(r.text, []byte("\ufffd"))))
}

// Outcome of a message or recipient whose last reply this is.
func (r *Reply) Outcome() Outcome {
	switch r.Code / 100 {
	case 2:
		return Accepted
	case 4:
		return Deferred
	case 5:
		return Rejected
	}
	return NoOutcome
}

func (r *Reply) reset() { r.Code, r.Enhanced, r.text = 0, Enhanced{}, r.text[:0] }

// set copies another reply, into the buffer of this one.
func (r *Reply) set(from *Reply) {
	r.Code, r.Enhanced, r.text = from.Code, from.Enhanced, append(r.text[:0], from.text...)
}

// Clone is a reply of its own, which the next call does not overwrite.
func (r *Reply) Clone() Reply {
	return Reply{Code: r.Code, Enhanced: r.Enhanced, text: bytes.Clone(r.text)}
}

func printable(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return utf8.RuneError
	}
	return r
}

// line takes one line, without its line end, into the reply. last: the reply is whole with it.
func (r *Reply) line(line []byte, first bool) (last bool, problem string) {
	code, last := codeOf(line)
	if code == 0 {
		return false, notAReply(line)
	}
	var text []byte
	if len(line) > 4 {
		text = line[4:]
	}
	if first {
		r.Code = code
	} else {
		if code != r.Code {
			return false, fmt.Sprintf("a reply that begins with %d goes on with %d", r.Code, code)
		}
		r.text = append(r.text, '\n')
	}
	if enhanced, n := enhancedOf(text, code); n > 0 {
		r.Enhanced = enhanced
		text = text[n:]
	}
	r.text = append(r.text, text...)
	return last, ""
}

// codeOf reads three digits and a separator; a bare code is a whole line too (RFC 5321 section 4.2). 0: no reply.
func codeOf(line []byte) (code int, last bool) {
	if len(line) < 3 {
		return 0, false
	}
	a, b, c := line[0]-'0', line[1]-'0', line[2]-'0'
	if a < 2 || a > 5 || b > 9 || c > 9 {
		return 0, false
	}
	if len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false
	}
	return int(a)*100 + int(b)*10 + int(c), len(line) == 3 || line[3] == ' '
}

// enhancedOf reads "2.1.5 " at the start of a text and gives its length with the space. Only when its class is that of
// the code (RFC 2034 section 4): anything else is text that looks alike.
func enhancedOf(text []byte, code int) (Enhanced, int) {
	if len(text) < 5 || int(text[0]-'0') != code/100 || text[0] == '3' || text[1] != '.' {
		return Enhanced{}, 0
	}
	subject, n := digits(text[2:])
	at := 2 + n
	if n == 0 || at >= len(text) || text[at] != '.' {
		return Enhanced{}, 0
	}
	detail, m := digits(text[at+1:])
	at += 1 + m
	if m == 0 || at < len(text) && text[at] != ' ' && text[at] != '\t' {
		return Enhanced{}, 0
	}
	return Enhanced{uint16(text[0] - '0'), subject, detail}, min(at+1, len(text))
}

// digits reads one to three digits; 0 octets when there are none or more.
func digits(text []byte) (value uint16, n int) {
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		if n == 3 {
			return 0, 0
		}
		value = value*10 + uint16(text[n]-'0')
		n++
	}
	return value, n
}

func notAReply(line []byte) string {
	if len(line) > 1 && (line[0] == 0x15 || line[0] == 0x16) && line[1] == 3 {
		return "a TLS record in place of an SMTP reply"
	}
	return fmt.Sprintf("not an SMTP reply: %.40q", line)
}
