package sink

import (
	"sync"
	"time"
)

// limiter is a token bucket, kept as the time at which the next message is due (the generic cell rate algorithm).
type limiter struct {
	interval time.Duration
	slack    time.Duration // how far ahead of its time a message may come: the burst
	slow     bool
	mu       sync.Mutex
	due      time.Time
}

func newLimiter(rate *Rate) *limiter {
	interval := time.Duration(int64(rate.Per) / int64(rate.Messages))
	return &limiter{interval: interval, slack: time.Duration(rate.Burst-1) * interval, slow: rate.Mode == modeSlow}
}

// take asks for one message at a time. In the mode `slow` it is always granted, after the wait that it gives.
func (l *limiter) take(now time.Time) (wait time.Duration, granted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.due.Before(now.Add(-l.slack)) {
		l.due = now.Add(-l.slack)
	}
	if l.due.After(now) && !l.slow {
		return 0, false
	}
	wait = max(0, l.due.Sub(now))
	l.due = l.due.Add(l.interval)
	return wait, true
}
