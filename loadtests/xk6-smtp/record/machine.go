package record

// machine tells how much of the machine all programs together have used since it was last asked.
type machine struct{ busy, total uint64 }

// share is from 0 to 1, of all cores; nil where the system does not tell, or no tick has passed.
func (m *machine) share() *float64 {
	busy, total, ok := machineTimes()
	if !ok {
		return nil
	}
	worked, passed := busy-m.busy, total-m.total
	// Idle time is known to run backwards by a tick at times.
	isSound := busy >= m.busy && total > m.total && worked <= passed
	m.busy, m.total = busy, total
	if !isSound {
		return nil
	}
	share := round(float64(worked) / float64(passed))
	return &share
}
