package smtp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"syscall"
)

// defaultMaxSize of a file in a corpus.
const defaultMaxSize = 50_000_000

// Weighted is a message of a corpus and how often it is taken, relative to the others.
type Weighted struct {
	Message *Message
	Weight  float64 // 0 takes 1
}

// Corpus is a set of messages of which each send takes one. It is not changed by that and may be shared.
type Corpus struct {
	Skipped  []string // files left out, with the reason, for a warning at the start
	folder   string
	files    []string // by name, below folder
	messages []*Message
	reach    []float64 // sum of the weights up to each message
	maxSize  int64
	octets   int64
	seed     uint64
}

// OpenCorpus indexes the .eml files of a folder (and its subfolders) by name and size; each is read when it is sent.
// Files above maxSize octets (0: 50 MB) are left out.
func OpenCorpus(folder string, maxSize int64, seed uint64) (*Corpus, error) {
	if maxSize <= 0 {
		maxSize = defaultMaxSize
	}
	root, err := filepath.EvalSymlinks(folder) // a walk does not follow its own root
	if err != nil {
		return nil, fmt.Errorf("corpus: cannot read the folder: %w", err)
	}
	c := &Corpus{folder: root, maxSize: maxSize, seed: seed}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || !strings.EqualFold(filepath.Ext(path), ".eml") {
			return nil
		}
		return c.index(path)
	})
	if err != nil {
		return nil, fmt.Errorf("corpus: cannot read the folder: %w", err)
	}
	if len(c.files) == 0 {
		reason := "has no .eml file"
		if len(c.Skipped) > 0 {
			reason = "has no .eml file that can be used; " + c.Skipped[0]
		}
		return nil, fmt.Errorf("corpus: the folder %s %s", folder, reason)
	}
	slices.Sort(c.files)
	return c, nil
}

func (c *Corpus) index(path string) error {
	name, err := filepath.Rel(c.folder, path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path) // follows links
	switch {
	case err != nil:
		c.Skipped = append(c.Skipped, fmt.Sprintf("%s: %v", name, err))
	case !info.Mode().IsRegular():
		c.Skipped = append(c.Skipped, name+": is no file")
	case info.Size() == 0:
		c.Skipped = append(c.Skipped, name+": is empty")
	case info.Size() > c.maxSize:
		c.Skipped = append(c.Skipped, fmt.Sprintf("%s: has %d octets, at most %d are taken", name, info.Size(), c.maxSize))
	default:
		c.files = append(c.files, name)
		c.octets += info.Size()
	}
	return nil
}

// NewCorpus takes messages with weights.
func NewCorpus(messages []Weighted, seed uint64) (*Corpus, error) {
	if len(messages) == 0 {
		return nil, errors.New("corpus: has no messages")
	}
	c := &Corpus{seed: seed}
	sum := 0.0
	for i, w := range messages {
		if w.Message == nil {
			return nil, fmt.Errorf("corpus: messages[%d] has no message", i)
		}
		if w.Weight == 0 {
			w.Weight = 1
		}
		if !(w.Weight > 0 && w.Weight < 1e9) {
			return nil, fmt.Errorf("corpus: messages[%d].weight: %v is not a number above 0 and below 1e9", i, w.Weight)
		}
		sum += w.Weight
		c.messages, c.reach = append(c.messages, w.Message), append(c.reach, sum)
		c.octets += int64(w.Message.Size())
	}
	return c, nil
}

// Len is the number of messages.
func (c *Corpus) Len() int { return len(c.files) + len(c.messages) }

// Size is the octets of all messages.
func (c *Corpus) Size() int64 { return c.octets }

// Picker chooses for one VU. It holds no more than the file it read last.
type Picker struct {
	corpus  *Corpus
	random  *rand.Rand
	message Message
	raw     bytes.Buffer
	text    []byte
}

// Picker gives the choices of one VU: the same seed and VU, the same choices.
func (c *Corpus) Picker(vu uint64) *Picker {
	return &Picker{corpus: c, random: rand.New(rand.NewPCG(c.seed, vu))}
}

// Next chooses a message, and reads it where it is a file; it is valid until the next call. The error has the code
// message_unreadable and names the file.
func (p *Picker) Next() (*Message, *Error) {
	c := p.corpus
	if c.messages != nil {
		at := p.random.Float64() * c.reach[len(c.reach)-1]
		i := sort.SearchFloat64s(c.reach, at)
		return c.messages[min(i, len(c.messages)-1)], nil
	}
	name := c.files[p.random.IntN(len(c.files))]
	if err := p.load(name); err != nil {
		return nil, &Error{Code: MessageUnreadable, Phase: Mail, Message: name + ": " + err.Error(), Err: err}
	}
	return &p.message, nil
}

// load reads a file, which may have changed since it was indexed.
func (p *Picker) load(name string) error {
	// Without O_NONBLOCK, to open what has become a pipe would wait for a writer for ever.
	path := filepath.Join(p.corpus.folder, name)
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // the folder is the user's choice
	if err != nil {
		return errors.New("cannot be opened: " + reason(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.New("is no file any more")
	}
	p.raw.Reset()
	n, err := p.raw.ReadFrom(io.LimitReader(file, p.corpus.maxSize+1))
	if err != nil {
		return errors.New("cannot be read: " + reason(err))
	}
	if n > p.corpus.maxSize {
		return fmt.Errorf("has grown above %d octets", p.corpus.maxSize)
	}
	p.text = normalise(p.text[:0], p.raw.Bytes())
	p.message.Name = name
	return p.message.parse(p.text)
}

// reason is the error without the path, which the caller names.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
