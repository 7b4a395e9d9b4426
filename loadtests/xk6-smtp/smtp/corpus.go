package smtp

import "errors"

// Weighted is a message of a corpus and how often it is taken, relative to the others.
type Weighted struct {
	Message *Message
	Weight  float64 // default 1
}

// Corpus is a set of messages of which each send takes one. It is not changed by that and may be shared.
type Corpus struct {
	Skipped []string // files left out, with the reason, for a warning at the start
	octets  int64
	count   int
}

// OpenCorpus indexes the .eml files of a folder (and its subfolders) by name and size; each is read when it is sent.
// Files above maxSize octets (0: 50 MB) are left out.
func OpenCorpus(folder string, maxSize int64, seed uint64) (*Corpus, error) {
	return nil, errors.New("not built yet")
}

// NewCorpus takes messages with weights.
func NewCorpus(messages []Weighted, seed uint64) (*Corpus, error) {
	return nil, errors.New("not built yet")
}

// Len is the number of messages.
func (c *Corpus) Len() int { return c.count }

// Size is the octets of all messages.
func (c *Corpus) Size() int64 { return c.octets }

// Picker chooses for one VU.
type Picker struct{}

// Picker gives the choices of one VU: the same seed and VU, the same choices.
func (c *Corpus) Picker(vu uint64) *Picker { return &Picker{} }

// Next chooses a message, and reads it where it is a file; it is valid until the next call. The error has the code
// message_unreadable and names the file.
func (p *Picker) Next() (*Message, *Error) { return nil, &Error{Code: MessageUnreadable} }
