package record

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// queueLength bounds what a slow reader can make us keep: a few seconds of lines.
const queueLength = 64

// writer writes lines in the background, so that a pipe which nobody reads never holds up the test. After the first
// error it is silent: a record with a hole in the middle would be taken for a whole one.
type writer struct {
	queue  chan []byte
	done   chan struct{}
	failed func(error)
}

// openRecord opens the file anew. "/dev/fd/N" is descriptor N itself, since a socket, such as node gives its children,
// cannot be opened by its path.
func openRecord(path string) (io.WriteCloser, error) {
	if number, ok := strings.CutPrefix(path, "/dev/fd/"); ok {
		fd, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%s is no descriptor: %w", path, err)
		}
		file := os.NewFile(uintptr(fd), path)
		if _, err := file.Stat(); err != nil {
			return nil, fmt.Errorf("descriptor %d is not open: %w", fd, err)
		}
		return file, nil
	}
	return os.Create(path) //nolint:gosec,wrapcheck // the file that the user names; the error names it
}

func newWriter(to io.WriteCloser, failed func(error)) *writer {
	w := &writer{queue: make(chan []byte, queueLength), done: make(chan struct{}), failed: failed}
	go w.run(to)
	return w
}

func (w *writer) run(to io.WriteCloser) {
	defer close(w.done)
	broken := false
	for line := range w.queue {
		if broken {
			continue
		}
		if _, err := to.Write(line); err != nil {
			broken = true
			w.failed(err)
		}
	}
	if err := to.Close(); err != nil && !broken {
		w.failed(err)
	}
}

// room tells whether n more lines can be taken without waiting. The only caller of put is the one who asks.
func (w *writer) room(n int) bool { return cap(w.queue)-len(w.queue) >= n }

// put queues a line; it waits when there is no room.
func (w *writer) put(line []byte) { w.queue <- line }

// finish writes the last lines and waits until everything is written, at most for the given time.
func (w *writer) finish(lines [][]byte, patience time.Duration) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for _, line := range lines {
		select {
		case w.queue <- line:
		case <-timer.C:
			return fmt.Errorf("nobody read the record for %s: its end is not written", patience)
		}
	}
	close(w.queue)
	select {
	case <-w.done:
		return nil
	case <-timer.C:
		return fmt.Errorf("nobody read the record for %s: its end is not written", patience)
	}
}
