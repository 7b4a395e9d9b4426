package smtp

import (
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// streamConn is a connection on which a reply lies ready.
type streamConn struct {
	net.Conn
	io.Reader
}

func (c streamConn) Read(b []byte) (int, error)      { return c.Reader.Read(b) }
func (c streamConn) SetReadDeadline(time.Time) error { return nil }

// readAll reads replies until the first error, from a stream that is cut into chunks in the given way.
func readAll(text string, cut func(io.Reader) io.Reader) (replies []Reply, failed *Error) {
	w := wire{maxReply: 1000, wait: time.Second}
	w.attach(streamConn{Reader: cut(strings.NewReader(text))})
	for {
		var reply Reply
		if err := w.read(Banner, &reply); err != nil {
			return replies, err
		}
		replies = append(replies, reply)
	}
}

func whole(r io.Reader) io.Reader { return r }

func TestReplies(t *testing.T) {
	tests := []struct {
		in       string
		code     int
		enhanced string
		text     string
	}{
		{"250 OK\r\n", 250, "", "OK"},
		{"250 OK\n", 250, "", "OK"},
		{"250\r\n", 250, "", ""},
		{"250 \r\n", 250, "", ""},
		{"250-a\r\n250-b\n250 c\r\n", 250, "", "a\nb\nc"},
		{"250-a\r\n250\r\n", 250, "", "a\n"},
		{"550 5.7.1 no\r\n", 550, "5.7.1", "no"},
		{"550-5.7.26 one\r\n550 5.7.26 two\r\n", 550, "5.7.26", "one\ntwo"},
		{"250 2.0.0\r\n", 250, "2.0.0", ""},
		{"550 4.7.1 another class\r\n", 550, "", "4.7.1 another class"},
		{"550 5.7.1234 too long\r\n", 550, "", "5.7.1234 too long"},
		{"550 5.7. no\r\n", 550, "", "5.7. no"},
		{"250 2.10.20.30 an address\r\n", 250, "", "2.10.20.30 an address"},
		{"354 3.0.0 no class of RFC 3463\r\n", 354, "", "3.0.0 no class of RFC 3463"},
		{"550 \x1b[31mred\xff\r\n", 550, "", "\ufffd[31mred\ufffd"},
	}
	for _, test := range tests {
		for _, cut := range []func(io.Reader) io.Reader{whole, iotest.OneByteReader, iotest.HalfReader} {
			replies, err := readAll(test.in+test.in, cut)
			if len(replies) != 2 || err.Code != Closed {
				t.Errorf("%q: %d replies, %v", test.in, len(replies), err)
				continue
			}
			r := &replies[1]
			if r.Code != test.code || r.Enhanced.String() != test.enhanced || r.Text() != test.text {
				t.Errorf("%q: %d %q %q", test.in, r.Code, r.Enhanced, r.Text())
			}
		}
	}
}

func TestWhatIsNoReply(t *testing.T) {
	tests := []struct {
		in      string
		code    Code
		message string
	}{
		{"HTTP/1.1 400 Bad Request\r\n", ProtocolError, "not an SMTP reply"},
		{"25\r\n", ProtocolError, "not an SMTP reply"},
		{"\r\n", ProtocolError, "not an SMTP reply"},
		{"650 x\r\n", ProtocolError, "not an SMTP reply"},
		{"2x0 x\r\n", ProtocolError, "not an SMTP reply"},
		{"250x\r\n", ProtocolError, "not an SMTP reply"},
		{"250-a\r\n251 b\r\n", ProtocolError, "goes on with 251"},
		{"\x15\x03\x01\x00\x02\x02\x0a\n", ProtocolError, "TLS record"},
		{strings.Repeat("2", 2000), LimitExceeded, "more than 1000 octets"},
		{"250 " + strings.Repeat("x", 2000) + "\r\n", LimitExceeded, "more than 1000 octets"},
		{strings.Repeat("250-aaaa\r\n", 300), LimitExceeded, "more than 1000 octets"},
		{strings.Repeat("250-\r\n", 100) + "250-", Closed, "closed"},
		{"", Closed, "closed"},
	}
	for _, test := range tests {
		for _, cut := range []func(io.Reader) io.Reader{whole, iotest.OneByteReader, iotest.DataErrReader} {
			replies, err := readAll(test.in, cut)
			if len(replies) != 0 || err.Code != test.code || !strings.Contains(err.Message, test.message) {
				t.Errorf("%.40q: %d replies, %v", test.in, len(replies), err)
			}
		}
	}
}

func TestRepliesOfTooManyLines(t *testing.T) {
	w := wire{maxReply: 64 << 10, wait: time.Second}
	w.attach(streamConn{Reader: strings.NewReader(strings.Repeat("250-\r\n", maxReplyLines+1))})
	var r Reply
	if err := w.read(EHLO, &r); err == nil || err.Code != LimitExceeded {
		t.Errorf("%v", err)
	}
}

// FuzzReply: whatever a server sends gives replies or an error, the same however it is cut, within bounds.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		"220 a\r\n", "250-a\r\n250 b\r\n", "550 5.7.1 x\n", "250-\r\n251 \r\n", "4", "\r\n", "250 2.0.0\r\n354 go\r\n", "\x16\x03\x01\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once, err := readAll(text, whole)
		bytewise, again := readAll(text, iotest.OneByteReader)
		if len(once) != len(bytewise) || err.Code != again.Code {
			t.Fatalf("whole: %d replies, %v; octet by octet: %d, %v", len(once), err, len(bytewise), again)
		}
		for i := range once {
			r := &once[i]
			if r.Code < 200 || r.Code > 599 || len(r.text) > 1000+maxReplyLines || r.Text() != bytewise[i].Text() {
				t.Fatalf("%d %q %q", r.Code, r.Text(), bytewise[i].Text())
			}
			if r.Enhanced.Class != 0 && int(r.Enhanced.Class) != r.Code/100 {
				t.Fatalf("%d %s", r.Code, r.Enhanced)
			}
		}
	})
}
