package record

import (
	"time"

	"go.k6.io/k6/v2/lib"
)

// plan tells how long each scenario is meant to last, the grace for its last iterations left out.
func plan(options lib.Options) map[string]time.Duration {
	lengths := map[string]time.Duration{}
	tuple, err := lib.NewExecutionTuple(options.ExecutionSegment, options.ExecutionSegmentSequence)
	if err != nil {
		return lengths // k6 refuses such options itself
	}
	for name, config := range options.Scenarios {
		end, _ := lib.GetEndOffset(config.GetExecutionRequirements(tuple))
		lengths[name] = end - config.GetGracefulStop()
	}
	return lengths
}

// shown tells whether a scenario has a place in this interval: it did something, or it is not over and does nothing,
// which is what a relay that hangs looks like.
func (o *Output) shown(name string, busy bool, now time.Duration) bool {
	first, begun := o.clock.begun[name]
	if busy && !begun {
		o.clock.begun[name] = now
	}
	return busy || (begun && now < first+o.planned[name])
}
