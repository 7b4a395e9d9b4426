package histogram

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample draws durations from nanoseconds to hours, with ties.
func sample(r *rand.Rand, n int) []time.Duration {
	values := make([]time.Duration, n)
	for i := range values {
		values[i] = time.Duration(math.Exp2(r.Float64() * 44))
		if i > 0 && r.IntN(5) == 0 {
			values[i] = values[i-1]
		}
	}
	return values
}

func filled(values []time.Duration) *Histogram {
	h := &Histogram{}
	for _, v := range values {
		h.Add(v)
	}
	return h
}

func TestBucketBounds(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	values := []uint64{1, 2, 3, 63, 64, 65, 127, 128, 1 << 52, 1<<53 - 1, math.MaxInt64}
	for range 10_000 {
		values = append(values, max(1, r.Uint64()>>(11+r.UintN(52))))
	}
	for _, v := range values {
		row, column := bucketOf(v)
		low := lowerBound(row, column)
		assert.LessOrEqual(t, low, float64(v))
		assert.Less(t, float64(v), low+math.Ldexp(1.0/rowSize, row)*1.0000001+1)
		if v < 1<<53 {
			// The rule as other languages can state it: exponent and six bits of the mantissa of the double.
			assert.Equal(t, int(math.Float64bits(float64(v))>>46)-1023<<6, row<<6+column, "%d", v)
		}
	}
}

func TestQuantileIsWithinABucketOfTheExactOne(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		values := sample(r, 1+r.IntN(2000))
		h := filled(values)
		slices.Sort(values)
		for _, q := range []float64{0, 0.5, 0.9, 0.95, 0.99, 0.999, 1} {
			rank := max(1, int(math.Ceil(q*float64(len(values)))))
			exact := float64(values[rank-1])
			assert.InDelta(t, exact, float64(h.Quantile(q)), exact/rowSize+1, "q %v of %d", q, len(values))
		}
		assert.Equal(t, values[len(values)-1], h.Max())
		assert.Equal(t, uint64(len(values)), h.Count())
	}
}

func TestMergeIsTheHistogramOfAll(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		a, b := sample(r, r.IntN(500)), sample(r, r.IntN(500))
		whole := filled(append(slices.Clone(a), b...))
		merged := filled(a)
		merged.Merge(filled(b))
		assert.InEpsilon(t, whole.Sum()+1, merged.Sum()+1, 1e-9)
		whole.sum, merged.sum = 0, 0
		assert.Equal(t, whole, merged)
	}
}

func TestResetForgetsAndKeepsItsMemory(t *testing.T) { //nolint:paralleltest // counts allocations
	h := filled([]time.Duration{5, time.Second})
	h.Reset()
	text, err := json.Marshal(h)
	require.NoError(t, err)
	assert.JSONEq(t, `{"count":0,"sum":0,"min":0,"max":0,"buckets":[]}`, string(text))
	assert.Zero(t, h.Quantile(0.5))
	assert.Zero(t, testing.AllocsPerRun(10, func() { h.Add(time.Second) }))
	require.Equal(t, time.Second, h.Quantile(0.5))
}

func TestOddDurationsAreCounted(t *testing.T) {
	t.Parallel()
	h := filled([]time.Duration{-5, 0, math.MaxInt64})
	assert.Equal(t, uint64(3), h.Count())
	assert.Equal(t, time.Duration(1), h.Quantile(0))
	assert.Equal(t, time.Duration(math.MaxInt64), h.Max())
}

func TestJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(filled([]time.Duration{1, 3, 3, 1000, 1_000_000}))
	require.NoError(t, err)
	assert.JSONEq(t, `{"count":5,"sum":1001007,"min":1,"max":1000000,"buckets":[[0,1],[96,2],[637,1],[1274,1]]}`, string(text))
}

func BenchmarkAdd(b *testing.B) {
	h := &Histogram{}
	d := 300 * time.Microsecond
	for b.Loop() {
		h.Add(d)
		d += 97
	}
}
