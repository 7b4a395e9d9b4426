package xk6smtp

import (
	"context"
	"sync"
	"time"
)

// maxBackoff is the longest wait between two attempts to connect.
const maxBackoff = time.Second

// backoff makes attempts to connect wait after failures: the first wait, then twice as long each time. Else a dead port
// would be "tested" ten thousand times a second.
type backoff struct {
	first time.Duration // 0: never wait

	mu    sync.Mutex
	delay time.Duration // before the next attempt; 0 after a success
}

// wait is false when ctx ended meanwhile.
func (b *backoff) wait(ctx context.Context) bool {
	b.mu.Lock()
	delay := b.delay
	b.mu.Unlock()
	if delay == 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tell takes the result of an attempt.
func (b *backoff) tell(ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case ok:
		b.delay = 0
	case b.delay == 0:
		b.delay = b.first
	default:
		b.delay = min(2*b.delay, maxBackoff)
	}
}
