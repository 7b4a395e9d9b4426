package smtp

import (
	"errors"
	"fmt"
	"strings"
)

// Body is the BODY parameter of MAIL (RFC 6152).
type Body uint8

// AutoBody gives BODY=8BITMIME for a message that has 8-bit octets. A parameter is only sent to a server that offers it.
const (
	AutoBody Body = iota
	Body7Bit
	Body8BitMIME
)

// EnvelopeOptions is what NewEnvelope takes.
type EnvelopeOptions struct {
	From     string // "" is the null reverse-path
	To       []string
	NoSize   bool // leaves SIZE= out although the server offers it (RFC 1870)
	Body     Body
	SMTPUTF8 bool // implied by an address that is not ASCII (RFC 6531)
	// DSN (RFC 3461); left out for a server that does not offer it.
	Ret, EnvID, Notify string
}

// Envelope is MAIL and RCPT, prebuilt and not changed by sending; sessions may share it.
type Envelope struct {
	mail     []byte // up to the closing bracket
	dsn      []byte // RET and ENVID
	rcpt     []byte // all RCPT commands
	rcptDSN  []byte // the same with NOTIFY
	ends     []int  // of each command in rcpt
	endsDSN  []int
	from, to []byte // header fields for a message without them
	noSize   bool
	body     Body
	utf8     bool
}

// maxNamedRecipients is up to how many recipients stand in a generated To field.
const maxNamedRecipients = 50

// NewEnvelope refuses what would end a command before its time, or is outside of the parameters' grammar, naming it.
func NewEnvelope(o EnvelopeOptions) (*Envelope, error) {
	if len(o.To) == 0 {
		return nil, errors.New("to: needs at least one recipient")
	}
	if err := CheckPath("from", o.From); err != nil {
		return nil, err
	}
	e := &Envelope{noSize: o.NoSize, body: o.Body, utf8: o.SMTPUTF8 || !isASCII(o.From)}
	e.mail = []byte("MAIL FROM:<" + o.From + ">")
	if err := e.setDSN(o); err != nil {
		return nil, err
	}
	for i, to := range o.To {
		if err := CheckPath(fmt.Sprintf("to[%d]", i), to); err != nil {
			return nil, err
		}
		if to == "" {
			return nil, fmt.Errorf("to[%d]: is empty", i)
		}
		e.utf8 = e.utf8 || !isASCII(to)
		e.rcpt = append(e.rcpt, "RCPT TO:<"+to+">\r\n"...)
		e.ends = append(e.ends, len(e.rcpt))
		e.rcptDSN = append(e.rcptDSN, "RCPT TO:<"+to+">"...)
		if o.Notify != "" {
			e.rcptDSN = append(e.rcptDSN, " NOTIFY="+strings.ToUpper(o.Notify)...)
		}
		e.rcptDSN = append(e.rcptDSN, "\r\n"...)
		e.endsDSN = append(e.endsDSN, len(e.rcptDSN))
	}
	e.setHeaders(o)
	return e, nil
}

// Recipients is how many there are.
func (e *Envelope) Recipients() int { return len(e.ends) }

func (e *Envelope) setDSN(o EnvelopeOptions) error {
	switch ret := strings.ToUpper(o.Ret); ret {
	case "":
	case "FULL", "HDRS":
		e.dsn = append(e.dsn, " RET="+ret...)
	default:
		return fmt.Errorf("dsn.ret: %q is neither FULL nor HDRS", o.Ret)
	}
	if len(o.EnvID) > 100 {
		return fmt.Errorf("dsn.envid: has %d octets, at most 100 are allowed (RFC 3461 section 4.4)", len(o.EnvID))
	}
	if o.EnvID != "" {
		e.dsn = append(append(e.dsn, " ENVID="...), xtext(o.EnvID)...)
	}
	if o.Notify == "" {
		return nil
	}
	words := strings.Split(strings.ToUpper(o.Notify), ",")
	for _, word := range words {
		switch word {
		case "SUCCESS", "FAILURE", "DELAY":
		case "NEVER":
			if len(words) == 1 {
				continue
			}
			return errors.New("dsn.notify: NEVER excludes the others")
		default:
			return fmt.Errorf("dsn.notify: %q is none of SUCCESS, FAILURE, DELAY and NEVER", word)
		}
	}
	return nil
}

// setHeaders makes From and To for a message without them: RFC 5322 section 3.6 wants a From.
func (e *Envelope) setHeaders(o EnvelopeOptions) {
	from := o.From
	if from == "" {
		from = "postmaster@" + messageDomain
	}
	e.from = []byte("From: " + headerAddress(from) + "\r\n")
	if len(o.To) > maxNamedRecipients {
		e.to = []byte("To: undisclosed-recipients:;\r\n")
		return
	}
	addresses := make([]string, len(o.To))
	for i, to := range o.To {
		addresses[i] = headerAddress(to)
	}
	e.to = []byte("To: " + strings.Join(addresses, ",\r\n\t") + "\r\n")
}

// headerAddress gives a path its brackets where it is none that can stand bare, so that any header stays well-formed.
func headerAddress(path string) string {
	if strings.ContainsAny(path, " ,;:<>()\"") {
		return "<" + path + ">"
	}
	return path
}

// CheckPath refuses an address that would end its command, or its brackets, before their time. field names the place
// in the error.
func CheckPath(field, path string) error {
	if err := CheckLine(field, path); err != nil {
		return err
	}
	quoted := false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '<' || c == '>'):
			return fmt.Errorf("%s: %q has %q outside of quotes; give the bare address", field, path, c)
		}
	}
	if quoted {
		return fmt.Errorf("%s: %q has a quote that is not closed", field, path)
	}
	return nil
}

// CheckLine refuses controls, which would end a command or a header field before its time (injection), and more than
// fits into a line.
func CheckLine(field, text string) error {
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\r' || c == '\n':
			return fmt.Errorf("%s: has a line break at octet %d", field, i)
		case c < ' ' && c != '\t', c == 0x7f:
			return fmt.Errorf("%s: has a control character (0x%02x) at octet %d", field, c, i)
		}
	}
	if len(text) > maxCommand {
		return fmt.Errorf("%s: has %d octets, at most %d are allowed", field, len(text), maxCommand)
	}
	return nil
}

// maxCommand is far above RFC 5321's 512, so that limits can be tried.
const maxCommand = 16 << 10

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// xtext encodes a parameter value (RFC 3461 section 4).
func xtext(text string) []byte {
	var out []byte
	for _, c := range []byte(text) {
		if c < '!' || c > '~' || c == '+' || c == '=' {
			out = fmt.Appendf(out, "+%02X", c)
			continue
		}
		out = append(out, c)
	}
	return out
}
