package record

import "time"

// pace is how often lines are written: often at first, where people watch, and rarely in the many hours of a soak, so
// that the record stays small.
type pace struct {
	early, late     time.Duration // between intervals
	earlySnap, snap time.Duration // between snapshots
	until           time.Duration // the early time ends
}

var defaultPace = pace{
	early: time.Second, late: 10 * time.Second,
	earlySnap: 5 * time.Second, snap: 150 * time.Second,
	until: 15 * time.Minute,
}

// clock tells the time since the start of the record, and the CPU time since it was last asked: that of this process
// and that of the machine. It counts on the monotonic clock: nobody who sets the time of day changes a rate.
type clock struct {
	started  time.Time
	interval time.Duration
	snapshot time.Duration
	cpu      time.Duration
	machine  machine
	// begun tells when a scenario was first busy.
	begun map[string]time.Duration
}

func startClock() *clock {
	c := &clock{started: time.Now(), cpu: processCPU(), begun: map[string]time.Duration{}}
	c.machine.share()
	return c
}

// run writes intervals until Stop.
func (o *Output) run() {
	defer close(o.stopped)
	timer := time.NewTimer(o.pace.early)
	defer timer.Stop()
	for {
		select {
		case <-o.stop:
			return
		case <-timer.C:
		}
		o.tick()
		next := o.pace.early
		if o.clock.interval >= o.pace.until {
			next = o.pace.late
		}
		// Towards the next point of the grid, so that the cost of a tick does not add up.
		timer.Reset(max(time.Until(o.clock.started.Add(o.clock.interval.Truncate(o.pace.early)+next)), next/10))
	}
}

// tick writes an interval, or leaves its figures to the next one when the reader does not keep up.
func (o *Output) tick() {
	every := o.pace.earlySnap
	if o.clock.interval >= o.pace.until {
		every = o.pace.snap
	}
	whole := time.Since(o.clock.started)-o.clock.snapshot >= every
	if !o.writer.room(1 + o.collector.size()) {
		o.late++
		return
	}
	_, lines := o.takeInterval(whole)
	for _, line := range lines {
		o.writer.put(line)
	}
}

// takeInterval drains the figures since the last interval into lines, followed by snapshots when whole.
func (o *Output) takeInterval(whole bool) (at float64, lines [][]byte) {
	c := o.collector
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collect(whole)
	now, cpu := time.Since(o.clock.started), processCPU()
	at = round(now.Seconds())
	lines = append(lines, encode(intervalLine{
		Type: "interval", At: at, Seconds: round((now - o.clock.interval).Seconds()),
		CPU: round((cpu - o.clock.cpu).Seconds()), Busy: o.clock.machine.share(), TLS: c.tls(),
		Scenarios: c.intervals(o.clock.started, func(name string, busy bool) bool { return o.shown(name, busy, now) }),
	}))
	o.clock.interval, o.clock.cpu = now, cpu
	if whole {
		o.clock.snapshot = now
		for _, line := range c.snapshots(o.clock.started, at) {
			lines = append(lines, encode(line))
		}
	}
	return at, lines
}
