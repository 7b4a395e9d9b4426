//go:build unix

package smtp

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A folder may be a link, and what was a file when it was indexed may be none any more.
func TestCorpusBehindALinkThatChanges(t *testing.T) {
	folder, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	write(t, folder, map[string]string{"a.eml": "Subject: a\n\na\n"})
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	c, err := OpenCorpus(link, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Picker(1)
	if names := choices(t, p, 1); names[0] != "a.eml" {
		t.Errorf("%q", names)
	}
	file := filepath.Join(folder, "a.eml")
	for name, change := range map[string]func() error{
		"a pipe":   func() error { return syscall.Mkfifo(file, 0o600) }, // to open it would wait for a writer
		"a folder": func() error { return os.Mkdir(file, 0o700) },
		"gone":     func() error { return nil },
	} {
		if err := errors.Join(os.RemoveAll(file), change()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Next(); err == nil || err.Code != MessageUnreadable || !strings.Contains(err.Message, "a.eml") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
