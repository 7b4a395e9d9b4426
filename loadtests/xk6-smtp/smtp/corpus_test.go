package smtp

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func choices(t *testing.T, p *Picker, n int) []string {
	t.Helper()
	var names []string
	for range n {
		m, err := p.Next()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, m.Name)
	}
	return names
}

func TestCorpusOfAFolder(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{
		"a.eml": "Subject: a\n\na\n", "b/b.EML": "Subject: b\n\n.b\n", "c.eml": "Subject: c\n\nc\n", "note.txt": "x",
		"empty.eml": "", "large.eml": strings.Repeat("x", 200),
	})
	c, err := OpenCorpus(folder, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if c.Len() != 3 || c.Size() != 14+15+14 || len(c.Skipped) != 2 {
		t.Errorf("%d messages of %d octets, left out: %q", c.Len(), c.Size(), c.Skipped)
	}
	first := choices(t, c.Picker(1), 50)
	if !slices.Equal(first, choices(t, c.Picker(1), 50)) || slices.Equal(first, choices(t, c.Picker(2), 50)) {
		t.Error("the choice does not follow seed and VU")
	}
	for _, name := range []string{"a.eml", "b/b.EML", "c.eml"} {
		if !slices.Contains(first, filepath.FromSlash(name)) {
			t.Errorf("%s was never taken", name)
		}
	}
}

func TestCorpusThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	if _, err := OpenCorpus(folder, 0, 1); err == nil || !strings.Contains(err.Error(), "has no .eml file") {
		t.Errorf("%v", err)
	}
	if _, err := OpenCorpus(filepath.Join(folder, "none"), 0, 1); err == nil || !strings.Contains(err.Error(), "cannot read the folder") {
		t.Errorf("%v", err)
	}
	write(t, folder, map[string]string{"a.eml": "Subject: a\n\na\n"})
	c, err := OpenCorpus(folder, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"": "a.eml: raw: the message is empty", strings.Repeat("x", 30): "a.eml: has grown above 20 octets"} {
		write(t, folder, map[string]string{"a.eml": text})
		if _, err := c.Picker(1).Next(); err == nil || err.Code != MessageUnreadable || err.Message != want {
			t.Errorf("%v", err)
		}
	}
	if err := os.Remove(filepath.Join(folder, "a.eml")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Picker(1).Next(); err == nil || !strings.Contains(err.Message, "a.eml: cannot be opened: no such file") {
		t.Errorf("%v", err)
	}
}

func TestCorpusOfWeights(t *testing.T) {
	rare, usual := message(t, MessageOptions{Name: "rare"}), message(t, MessageOptions{Name: "usual"})
	c, err := NewCorpus([]Weighted{{rare, 0}, {usual, 9}}, 5)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range choices(t, c.Picker(3), 1000) {
		if name == "rare" {
			n++
		}
	}
	if n < 60 || n > 150 || c.Len() != 2 || c.Size() != int64(rare.Size()+usual.Size()) {
		t.Errorf("%d of 1000, %d, %d", n, c.Len(), c.Size())
	}
	for _, wrong := range [][]Weighted{nil, {{nil, 1}}, {{rare, -1}}} {
		if _, err := NewCorpus(wrong, 1); err == nil {
			t.Errorf("%v passed", wrong)
		}
	}
}

// A file that vanishes in mid-batch costs its own message only.
func TestBatchesGoOnBehindAnUnreadableMessage(t *testing.T) {
	for _, window := range []int{1, 3} {
		srv := start(t, func(s *server) { s.ehlo = append(s.ehlo, "CHUNKING") })
		s := opened(t, srv.config(func(c *Config) { c.Chunking = window > 1 }))
		m, p := message(t, MessageOptions{Text: "x"}), patch(t)
		var r Result
		var told []string
		done := s.SendBatch(&Batch{
			Count: 6, Window: window, Envelope: envelope(t, EnvelopeOptions{}), Patch: p,
			Next: func(i int) (*Message, *Error) {
				if i%2 == 0 {
					return nil, &Error{Code: MessageUnreadable, Phase: Mail, Message: strconv.Itoa(i)}
				}
				return m, nil
			},
			Each: func(i int, r *Result) { told = append(told, fmt.Sprint(i, r.Outcome)) },
		}, &r)
		want := []string{"0failed", "1accepted", "2failed", "3accepted", "4failed", "5accepted"}
		if done != 6 || strings.ReplaceAll(strings.Join(told, ","), " ", "") != strings.Join(want, ",") || len(srv.got()) != 3 {
			t.Errorf("window %d: %d, %q", window, done, told)
		}
	}
}
