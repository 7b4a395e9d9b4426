package sink

import (
	"math"
	"math/rand/v2"
	"time"
)

// draw gives a delay. Each distribution that is set takes a fixed number of values from the generator, so that one
// seed gives the same delays every time; stalls go by the clock: `since` is the age of the profile.
func (l *Latency) draw(random *rand.Rand, since time.Duration) time.Duration {
	d := time.Duration(l.Constant)
	if u := l.Uniform; u != nil {
		d += time.Duration(u.Min) + time.Duration(random.Float64()*float64(u.Max-u.Min))
	}
	if n := l.Normal; n != nil {
		d += capped(float64(n.Mean)+random.NormFloat64()*float64(n.Deviation), n.Max)
	}
	if n := l.Lognormal; n != nil {
		d += capped(float64(n.Median)*math.Exp(random.NormFloat64()*n.Sigma), n.Max)
	}
	if p := l.Pareto; p != nil {
		d += capped(float64(p.Min)*math.Pow(1-random.Float64(), -1/p.Shape), p.Max)
	}
	if s := l.Stall; s != nil {
		d = max(d, s.rest(since))
	}
	return d
}

// rest gives how long a stall still lasts; 0 outside of one.
func (s *Stall) rest(since time.Duration) time.Duration {
	within := since % time.Duration(s.Every)
	if within < time.Duration(s.Every-s.For) {
		return 0
	}
	return time.Duration(s.Every) - within
}

// capped bounds a drawn delay by its own maximum, if it has one, and by maxDuration.
func capped(v float64, limit Duration) time.Duration {
	if limit == 0 {
		limit = Duration(maxDuration)
	}
	return time.Duration(min(max(v, 0), float64(limit)))
}
