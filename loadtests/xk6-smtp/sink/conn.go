package sink

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

const (
	smallBuffer = 4 << 10
	largeBuffer = 64 << 10
	// maxLine is the longest command: RFC 4954 section 4 allows 12,288 octets in AUTH, everything else is shorter.
	maxLine = 12_288 + 2
	// maxOut is how many octets of replies are held back for clients that send without reading.
	maxOut = 32 << 10
	// maxErrors is after how many bad commands a client is sent away.
	maxErrors = 100
)

var (
	errLeave   = errors.New("the connection ends")
	errQuit    = errors.New("the client has said QUIT")
	errReset   = errors.New("the connection is reset")
	errTooLong = errors.New("line too long")
)

// conn is one client's connection. Only its own goroutine uses it.
//
// Commands are parsed where they were read, and replies wait in a buffer until the next read would block, so that a
// pipelining client costs one read and one write a batch.
type conn struct {
	server *Server
	counts *counters
	plan   *plan
	number uint64
	rank   int64 // how many connections there were with it; 0 when it was refused
	lmtp   bool
	tls    bool

	tcp    net.Conn // what was accepted
	socket net.Conn // tcp, or TLS upon it
	client netip.Addr
	in     []byte
	start  int // in[start:end] is read and not yet used
	end    int
	out    []byte
	armed  time.Time // when the deadline was last set

	random *rand.Rand
	tarpit time.Duration // over which each reply is spread
	code   int           // of the last reply

	greeted       bool
	authenticated bool
	errors        int
	messages      int64
	transaction   transaction
	run           *run // of the last token
	runID         [runWidth]byte
}

// transaction is the message under way.
type transaction struct {
	open    bool
	chunked bool // a BDAT has been taken
	sender  []byte
	count   int64 // recipients taken
	kept    []keptRecipient
	text    []byte // of the recipients that are kept
	octets  int64
	header  headerScan
}

// keptRecipient is text[from:to].
type keptRecipient struct{ from, to int }

func (t *transaction) reset() {
	t.open, t.chunked, t.count, t.octets = false, false, 0, 0
	t.sender, t.kept, t.text = t.sender[:0], t.kept[:0], t.text[:0]
	t.header.reset()
}

func (t *transaction) keep(recipient []byte) {
	from := len(t.text)
	t.text = append(t.text, recipient...)
	t.kept = append(t.kept, keptRecipient{from, len(t.text)})
}

// arm sets the deadline of reads and writes anew when an eighth of the time has gone since it was last set.
func (c *conn) arm() {
	now := time.Now()
	if now.Sub(c.armed) > c.server.config.Idle/8 {
		c.armed = now
		_ = c.tcp.SetDeadline(now.Add(c.server.config.Idle))
	}
}

// flush writes the replies that wait.
func (c *conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	c.arm()
	_, err := c.socket.Write(c.out)
	c.out = c.out[:0]
	return err
}

// fill reads what there is, behind what is unused. It makes room by moving that to the front, and takes a larger
// buffer from a client that fills the small one.
func (c *conn) fill() error {
	if err := c.flush(); err != nil {
		return err
	}
	c.arm()
	if c.start == c.end {
		c.start, c.end = 0, 0
	} else if c.start > 0 && c.end == len(c.in) {
		copy(c.in, c.in[c.start:c.end])
		c.end -= c.start
		c.start = 0
	}
	if c.end == len(c.in) {
		return errTooLong // callers use what they can before they ask for more
	}
	n, err := c.socket.Read(c.in[c.end:])
	c.end += n
	if c.end == len(c.in) && len(c.in) < largeBuffer {
		larger := make([]byte, largeBuffer)
		c.end = copy(larger, c.in[c.start:c.end])
		c.start, c.in = 0, larger
	}
	if n > 0 {
		return nil
	}
	return err
}

// line gives the next line without its end; it is valid until the next read. A line that is too long is read to its
// end and then is errTooLong.
func (c *conn) line() ([]byte, error) {
	searched := 0
	for {
		unused := c.in[c.start:c.end]
		if i := bytes.IndexByte(unused[searched:], '\n'); i >= 0 {
			line := unused[:searched+i]
			c.start += searched + i + 1
			if len(line) > maxLine {
				return nil, errTooLong
			}
			return bytes.TrimSuffix(line, []byte{'\r'}), nil
		}
		if len(unused) > maxLine {
			return nil, c.skipLine()
		}
		searched = len(unused)
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}

func (c *conn) skipLine() error {
	for {
		if i := bytes.IndexByte(c.in[c.start:c.end], '\n'); i >= 0 {
			c.start += i + 1
			return errTooLong
		}
		c.start, c.end = 0, 0
		if err := c.fill(); err != nil {
			return err
		}
	}
}

// reply answers in a phase with text, which has its line ends. A 421 ends the connection (RFC 5321 section 3.8).
func (c *conn) reply(phase Phase, text string) error {
	code := int(text[0]-'0')*100 + int(text[1]-'0')*10 + int(text[2]-'0')
	c.code = code
	c.counts.replies[phase][code-minCode].Add(1)
	if c.tarpit > 0 {
		if err := c.drip(text); err != nil {
			return err
		}
	} else {
		c.out = append(c.out, text...)
	}
	if code == 421 {
		return errLeave
	}
	if len(c.out) > maxOut {
		return c.flush()
	}
	return nil
}

// expand replies with a text of the profile, in which {id} and such are to be replaced.
func (c *conn) expand(phase Phase, text string) error {
	if strings.IndexByte(text, '{') >= 0 {
		text = strings.NewReplacer("{id}", c.queueID(), "{client}", c.client.String(),
			"{hostname}", c.server.config.Hostname).Replace(text)
	}
	return c.reply(phase, text)
}

// queueID names the message under way: the connection's number and the message's in it.
func (c *conn) queueID() string {
	id := strconv.AppendUint(make([]byte, 0, 24), c.number, 36)
	id = append(id, '-')
	return string(strconv.AppendInt(id, c.messages, 36))
}

// accept is expand for the usual text, without its cost.
func (c *conn) accept() error {
	if c.plan.profile.Replies.Accepted != "" || c.tarpit > 0 {
		return c.expand(Accepting, c.plan.replies.accepted)
	}
	c.counts.replies[Accepting][250-minCode].Add(1)
	c.out = append(c.out, "250 2.0.0 Ok: queued as "...)
	c.out = strconv.AppendUint(c.out, c.number, 36)
	c.out = append(c.out, '-')
	c.out = strconv.AppendInt(c.out, c.messages, 36)
	c.out = append(c.out, '\r', '\n')
	if len(c.out) > maxOut {
		return c.flush()
	}
	return nil
}

// wrong answers a command that cannot be carried out; a client that sends only such is sent away.
func (c *conn) wrong(phase Phase, text string) error {
	c.errors++
	if c.errors > maxErrors {
		return c.reply(phase, "421 4.7.0 Too many errors\r\n")
	}
	return c.reply(phase, text)
}
