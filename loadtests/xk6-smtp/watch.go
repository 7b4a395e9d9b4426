package xk6smtp

import (
	"context"
	"sync"
	"time"
)

// k6 ends a VU by cancelling its context, which no native call notices by itself. A context.AfterFunc for each message
// would be noticed at once, but costs more than the rest of the call; so all calls under way are looked at now and
// then, and a stop waits for this long at most.
const watchInterval = 50 * time.Millisecond

// guard is one session that may be in a call.
type guard struct {
	mu        sync.Mutex
	ctx       context.Context
	interrupt func()
}

// enter begins a call that ends, by interrupt, when ctx does.
func (g *guard) enter(ctx context.Context) {
	g.mu.Lock()
	g.ctx = ctx
	g.mu.Unlock()
}

func (g *guard) leave() {
	g.mu.Lock()
	g.ctx = nil
	g.mu.Unlock()
}

// look interrupts the call when its context has ended.
func (g *guard) look() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx != nil && g.ctx.Err() != nil {
		g.ctx = nil
		g.interrupt()
	}
}

// watcher looks at all guards of the process.
type watcher struct {
	mu     sync.Mutex
	guards map[*guard]struct{}
	runs   bool
}

var watched watcher

// add watches a guard until remove. The goroutine lives as long as there is something to watch.
func (w *watcher) add(g *guard) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.guards == nil {
		w.guards = map[*guard]struct{}{}
	}
	w.guards[g] = struct{}{}
	if !w.runs {
		w.runs = true
		go w.run()
	}
}

func (w *watcher) remove(g *guard) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.guards, g)
}

func (w *watcher) run() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for range ticker.C {
		w.mu.Lock()
		for g := range w.guards {
			g.look()
		}
		w.runs = len(w.guards) > 0
		again := w.runs
		w.mu.Unlock()
		if !again {
			return
		}
	}
}
