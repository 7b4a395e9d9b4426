package sink

import (
	"sync/atomic"
	"time"
)

// A delay is to be what the profile says, so that the latencies a client measures can be held against it. The
// runtime's timers come up to 1 ms late, since they are kept in milliseconds; so the last of a delay is slept in the
// kernel, which comes within some 60 µs. That takes a thread, of which no more than maxPrecise are used at once.
const (
	coarse     = 2 * time.Millisecond
	maxPrecise = 64
)

var precise atomic.Int32

// sleep waits, and gives false when the server is closed before the end.
func (s *Server) sleep(wait time.Duration) bool {
	end := time.Now().Add(wait)
	if wait > coarse {
		timer := time.NewTimer(wait - coarse)
		defer timer.Stop()
		select {
		case <-s.done:
			return false
		case <-timer.C:
		}
	}
	rest := time.Until(end)
	if rest <= 0 {
		return true
	}
	if precise.Add(1) <= maxPrecise {
		sleepInKernel(rest)
	} else {
		time.Sleep(rest)
	}
	precise.Add(-1)
	return true
}
