package xk6smtp

import (
	"maps"
	"slices"
	"sync"
	"time"

	"go.k6.io/k6/v2/js/common"
)

// k6 has no hook for the end of a VU; without more, the sessions that live across iterations would end without a word,
// and the server would log each as lost. So they say QUIT when the test ends, all at once and within quitTime.
const (
	quitTime   = time.Second
	quitAtOnce = 64
	eventEnd   = 3 // TestEnd of k6's event package, which is internal
	eventExit  = 6 // Exit
)

// connections are those of the process.
type connections struct {
	mu  sync.Mutex
	all map[*connection]struct{}
}

var openConnections = connections{all: map[*connection]struct{}{}}

func (c *connections) add(n *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all[n] = struct{}{}
}

func (c *connections) remove(n *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, n)
}

var subscribed sync.Once

// quitAtEnd subscribes once for the process. The events are an experimental part of k6's interface; a k6 without them
// just closes the sessions.
func quitAtEnd(events common.Events) {
	if events.Global == nil {
		return
	}
	subscribed.Do(func() {
		id, channel := events.Global.Subscribe(eventEnd, eventExit)
		go func() {
			for event := range channel {
				openConnections.quit()
				event.Done()
				if event.Type == eventExit {
					events.Global.Unsubscribe(id)
				}
			}
		}()
	})
}

// quit ends all sessions; those that take too long are closed. No iteration runs any more.
func (c *connections) quit() {
	c.mu.Lock()
	all := slices.Collect(maps.Keys(c.all))
	clear(c.all)
	c.mu.Unlock()
	late := time.AfterFunc(quitTime, func() {
		for _, n := range all {
			n.session.Interrupt()
		}
	})
	defer late.Stop()
	var (
		waiting sync.WaitGroup
		places  = make(chan struct{}, quitAtOnce)
	)
	for _, n := range all {
		places <- struct{}{}
		waiting.Go(func() {
			n.retire()
			<-places
		})
	}
	waiting.Wait()
}
