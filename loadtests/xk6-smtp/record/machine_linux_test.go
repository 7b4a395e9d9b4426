package record

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMachineTimesOfProcStat(t *testing.T) {
	busy, total, ok := parseMachineTimes("cpu  100 1 20 800 50 2 3 4 60 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
	require.True(t, ok)
	assert.Equal(t, uint64(130), busy, "neither idle nor waiting for a disk, and guests not twice")
	assert.Equal(t, uint64(980), total)
	for _, text := range []string{"", "cpu 1 2 3", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 3 4 5 6 7 x", "cpu 1 2 3 4 5 6 7 -8"} {
		_, _, ok := parseMachineTimes(text)
		assert.False(t, ok, text)
	}
}

func TestShareOfTheMachine(t *testing.T) {
	var m machine
	share := m.share()
	require.NotNil(t, share, "since the machine was started")
	assert.Positive(t, *share)
	assert.LessOrEqual(t, *share, 1.0)
	m.total += 1 << 62
	assert.Nil(t, m.share(), "time does not run backwards")
}
