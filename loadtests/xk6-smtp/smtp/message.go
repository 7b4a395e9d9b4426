package smtp

import "errors"

const (
	dateLayout    = "Mon, 02 Jan 2006 15:04:05 -0700"
	dateWidth     = len(dateLayout)
	messageDomain = "mailgauge.invalid"
)

// Header is one field.
type Header struct{ Name, Value string }

// Attachment is one part beside the text.
type Attachment struct {
	Filename    string
	ContentType string // default application/octet-stream
	Content     []byte
}

// MessageOptions is what NewMessage builds a message from.
type MessageOptions struct {
	Headers     []Header // replace the defaults
	Subject     string
	Text, HTML  string
	Attachments []Attachment
	Size        int    // fills the text up until the whole message has so many octets, within one line
	Seed        uint64 // of generated text: the same seed, the same octets
	Name        string // for a person
}

// Message is built once, not changed by sending, and may be shared by sessions.
type Message struct {
	Name string
	size int
}

// NewMessage builds a message from parts. An error names the option that is wrong.
func NewMessage(o MessageOptions) (*Message, error) { return nil, errors.New("not built yet") }

// ParseMessage takes a whole message (RFC 5322): line ends are made CRLF. Its own Date and Message-ID are kept; missing
// ones are made for each send.
func ParseMessage(name string, raw []byte) (*Message, error) { return nil, errors.New("not built yet") }

// Size is its octets on the wire with the usual token, without dot stuffing.
func (m *Message) Size() int { return m.size }

func (h Header) check(string) error { return nil }
