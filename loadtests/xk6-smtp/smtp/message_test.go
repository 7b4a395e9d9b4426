package smtp

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// wireText is the message as DATA carries it, with the final dot.
func wireText(t *testing.T, m *Message, e *Envelope, p *Patch) string {
	t.Helper()
	p.stamp(time.Date(2026, 11, 22, 10, 20, 30, 0, time.UTC))
	return string(append(m.appendHead(nil, e, p), m.rest...))
}

func TestPatchPointsAndDefaults(t *testing.T) {
	m := message(t, MessageOptions{Subject: "Grüße", Text: "hi", Headers: []Header{{"X-A", strings.Repeat("word ", 40)}}})
	p := patch(t)
	p.Number(35)
	parsed, err := mail.ReadMessage(strings.NewReader(wireText(t, m, envelope(t, EnvelopeOptions{}), p)))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Subject": "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Date": "Sun, 22 Nov 2026 10:20:30 +0000", "From": "a@example.com",
		"To": "b@example.net", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
		"Content-Type": "text/plain; charset=utf-8", "X-A": strings.TrimSpace(strings.Repeat("word ", 40)),
	}
	for name, value := range want {
		if got := parsed.Header.Get(name); strings.TrimSpace(got) != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	token := parsed.Header.Get(TokenHeader)
	if !strings.HasPrefix(token, "run00001-000007-0000000z-") || parsed.Header.Get("Message-Id") != "<"+token+"@"+messageDomain+">" {
		t.Errorf("token %q, id %q", token, parsed.Header.Get("Message-Id"))
	}
}

func TestDotStuffingAndLineEnds(t *testing.T) {
	tests := []struct{ raw, rest, bdat string }{
		{"A: b\n\nx", "\r\nx\r\n.\r\n", "\r\nx\r\n"},
		{"A: b\r\n\r\n.\r\n..\r\n", "\r\n..\r\n...\r\n.\r\n", "\r\n.\r\n..\r\n"},
		{"A: b\n\n.x\ry\n\n", "\r\n..x\r\ny\r\n\r\n.\r\n", "\r\n.x\r\ny\r\n\r\n"},
		{"A: b\n", "\r\n.\r\n", "\r\n"},
		{"no header at all", "\r\nno header at all\r\n.\r\n", "\r\nno header at all\r\n"},
		{"A: b\nbroken line\n.c\n\nbody", "broken line\r\n..c\r\n\r\nbody\r\n.\r\n", "broken line\r\n.c\r\n\r\nbody\r\n"},
		{"From me Sun Nov 22\nA: b\n\nx", "\r\nx\r\n.\r\n", "\r\nx\r\n"},
	}
	for _, test := range tests {
		m, err := ParseMessage("x", []byte(test.raw))
		if err != nil {
			t.Fatal(err)
		}
		if string(m.rest) != test.rest || string(m.bdat) != test.bdat {
			t.Errorf("%q: %q, %q", test.raw, m.rest, m.bdat)
		}
	}
	if _, err := ParseMessage("x", []byte("\r\n \n")); err == nil {
		t.Error("an empty message passed")
	}
}

func TestRawKeepsItsOwnFields(t *testing.T) {
	raw := "Date: Mon, 01 Jan 2001 00:00:00 +0000\nMESSAGE-ID: <own@x>\nFrom: me@x\nCc: you@x\n" + TokenHeader + ": old\nX-Fold: a\n b\n\nx"
	m, err := ParseMessage("x", []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	text := wireText(t, m, envelope(t, EnvelopeOptions{}), patch(t))
	for part, times := range map[string]int{
		"Date:": 1, "<own@x>": 1, "From:": 1, "To:": 0, TokenHeader: 1, ": old": 0, "X-Fold: a\r\n b\r\n": 1,
	} {
		if strings.Count(text, part) != times {
			t.Errorf("%q is not there %d times: %q", part, times, text)
		}
	}
	p := patch(t)
	if err := p.SetHeaders([]Header{{"x-fold", "new"}, {"Date", "later"}, {"To", "z@x"}}); err != nil {
		t.Fatal(err)
	}
	replaced := wireText(t, m, envelope(t, EnvelopeOptions{}), p)
	if strings.Contains(replaced, "X-Fold") || strings.Contains(replaced, "2001") || !strings.Contains(replaced, "x-fold: new\r\nDate: later\r\nTo: z@x\r\n\r\nx") {
		t.Errorf("%q", replaced)
	}
	if err := p.SetHeaders(nil); err != nil || wireText(t, m, envelope(t, EnvelopeOptions{}), p) != text {
		t.Error("headers of an earlier send stay")
	}
}

func TestParts(t *testing.T) {
	content := bytes.Repeat([]byte{0, 1, 2, 250}, 100)
	m := message(t, MessageOptions{
		Text: "täxt\n.dot", HTML: "<p>hi</p>", Size: 3000,
		Attachments: []Attachment{{Filename: "ä\".bin", Content: content}, {ContentType: "text/csv; charset=utf-8", Content: []byte("a,b")}},
	})
	text := strings.TrimSuffix(wireText(t, m, envelope(t, EnvelopeOptions{}), patch(t)), ".\r\n")
	if n := len(text); n < 3000-2*lineWidth || n > 3000+2*lineWidth {
		t.Errorf("has %d octets", n)
	}
	parsed, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	mixed := parts(t, textproto.MIMEHeader(parsed.Header), parsed.Body)
	if len(mixed) != 3 {
		t.Fatalf("%d parts", len(mixed))
	}
	alternative := parts(t, mixed[0].header, bytes.NewReader(mixed[0].body))
	if len(alternative) != 2 || !strings.HasPrefix(string(alternative[0].body), "täxt\r\n.") || string(alternative[1].body) != "<p>hi</p>" {
		t.Errorf("%d alternatives: %.80q", len(alternative), alternative[0].body)
	}
	decoded, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(mixed[1].body)))
	if err != nil || !bytes.Equal(decoded, content) {
		t.Errorf("attachment: %v, %d octets", err, len(decoded))
	}
	if _, p, err := mime.ParseMediaType(mixed[1].header.Get("Content-Disposition")); err != nil || p["filename"] != "ä\".bin" {
		t.Errorf("file name: %v %v", p, err)
	}
}

type readPart struct {
	header textproto.MIMEHeader
	body   []byte
}

func parts(t *testing.T, header textproto.MIMEHeader, body io.Reader) []readPart {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		t.Fatalf("%s: %v", kind, err)
	}
	var all []readPart
	for r := multipart.NewReader(body, parameters["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, readPart{p.Header, text})
	}
}

func TestGeneratedSizes(t *testing.T) {
	e, p := envelope(t, EnvelopeOptions{}), patch(t)
	for _, size := range []int{1, 500, 1000, 1024, 20_000, 300_000, 1_000_000} {
		m := message(t, MessageOptions{Size: size, Seed: 3})
		n := len(wireText(t, m, e, p)) - len(".\r\n")
		if size >= 500 && (n < size-lineWidth || n > size+lineWidth) {
			t.Errorf("size %d: %d octets", size, n)
		}
		if bytes.Contains(m.rest, []byte(" \r\n")) || longestLine(m.rest) > 78 || m.eightBit {
			t.Errorf("size %d: lines that would be changed on the way", size)
		}
		if again := message(t, MessageOptions{Size: size, Seed: 3}); !bytes.Equal(again.rest, m.rest) {
			t.Errorf("size %d: the same seed gives another text", size)
		}
	}
	one, two := message(t, MessageOptions{Size: 2000, Seed: 1}), message(t, MessageOptions{Size: 2000, Seed: 2})
	if bytes.Equal(one.rest, two.rest) {
		t.Error("another seed gives the same text")
	}
}

func TestWrongArgumentsAreNamed(t *testing.T) {
	of := func(o MessageOptions) error { _, err := NewMessage(o); return err }
	env := func(o EnvelopeOptions) error { _, err := NewEnvelope(o); return err }
	to := []string{"b@c"}
	tests := []struct {
		err  error
		want string
	}{
		{of(MessageOptions{Headers: []Header{{"X-A", "a\r\nBcc: x"}}}), "headers.X-A: has a line break"},
		{of(MessageOptions{Headers: []Header{{"X A", "a"}}}), `headers: "X A" is no name`},
		{of(MessageOptions{Headers: []Header{{".A", "a"}}}), `headers: ".A" is no name`},
		{of(MessageOptions{Headers: []Header{{"", "a"}}}), "headers: a field without a name"},
		{of(MessageOptions{Headers: []Header{{"x-mailgauge-token", "a"}}}), "is set by each send"},
		{of(MessageOptions{Headers: []Header{{"Content-Type", "a/b"}}}), "headers.Content-Type: is made from the parts"},
		{of(MessageOptions{Subject: "a\nb"}), "options.Subject: has a line break"},
		{of(MessageOptions{Attachments: []Attachment{{Filename: "a\nb"}}}), "attachments[0].filename: has a line break"},
		{of(MessageOptions{Attachments: []Attachment{{ContentType: "x\r\ny"}}}), "attachments[0].contentType"},
		{of(MessageOptions{Size: -1}), "size: -1"},
		{env(EnvelopeOptions{}), "to: needs at least one"},
		{env(EnvelopeOptions{To: []string{""}}), "to[0]: is empty"},
		{env(EnvelopeOptions{From: "a\r\n", To: to}), "from: has a line break"},
		{env(EnvelopeOptions{From: "<a@b>", To: to}), "outside of quotes"},
		{env(EnvelopeOptions{To: []string{"a@b", "c> NOTIFY=x"}}), "to[1]"},
		{env(EnvelopeOptions{From: `"a`, To: to}), "a quote that is not closed"},
		{env(EnvelopeOptions{To: to, Ret: "ALL"}), "dsn.ret"},
		{env(EnvelopeOptions{To: to, Notify: "NEVER,DELAY"}), "dsn.notify"},
		{env(EnvelopeOptions{To: to, Notify: "SOMETIMES"}), "dsn.notify"},
		{env(EnvelopeOptions{To: to, EnvID: strings.Repeat("x", 101)}), "dsn.envid"},
	}
	for _, test := range tests {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%v, want %q", test.err, test.want)
		}
	}
	if err := env(EnvelopeOptions{From: `"a b>c"@d`, To: to}); err != nil {
		t.Errorf("a quoted local part: %v", err)
	}
	for _, run := range []string{"", "short", "RUN00001", "run-0001"} {
		if _, err := NewPatch(run, 1); err == nil {
			t.Errorf("run id %q passed", run)
		}
	}
}

// FuzzMessage: whatever text comes, what goes on the wire has CRLF only, no line that is a dot alone but the last, and
// BDAT carries the same without stuffing.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{"A: b\n\nx", ".\r\n", "A: b\n.\n", "a\r\r\nb", "From x\n", ":\n", "A : b\r\n\r\n..", "A: b\n c\n", "\n.", "From "} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := ParseMessage("fuzz", raw)
		if err != nil {
			return
		}
		e, _ := NewEnvelope(EnvelopeOptions{To: []string{"a@b"}})
		p, _ := NewPatch("run00001", 1)
		head := m.appendHead(nil, e, p)
		if len(head) != m.plainHeadSize(e) {
			t.Fatalf("header of %d octets, announced %d", len(head), m.plainHeadSize(e))
		}
		text := append(head, m.rest...)
		if bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) || bytes.Count(text, []byte("\r")) != bytes.Count(text, []byte("\r\n")) {
			t.Fatalf("a bare line end: %q", text)
		}
		if i := bytes.Index(text, []byte("\r\n.\r\n")); i != len(text)-5 {
			t.Fatalf("the dot at %d of %d: %q", i, len(text), text)
		}
		var plain []byte
		for line := range bytes.SplitAfterSeq(text[:len(text)-3], []byte("\r\n")) {
			plain = append(plain, bytes.TrimPrefix(line, []byte("."))...)
		}
		if want := append(m.appendHead(nil, e, p), m.bdat...); !bytes.Equal(plain, want) {
			t.Fatalf("DATA %q, BDAT %q", plain, want)
		}
	})
}
