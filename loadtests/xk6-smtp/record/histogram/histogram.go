// Package histogram counts durations so that their quantiles can be told, in bounded memory, and added up over threads,
// seconds and machines.
package histogram

import (
	"encoding/json"
	"iter"
	"math"
	"math/bits"
	"time"
)

const (
	// mantissaBits of a value choose its bucket within a power of two: buckets are 1/64, or 1.6 %, wide.
	mantissaBits = 6
	rowSize      = 1 << mantissaBits
	numRows      = 63
)

// Histogram counts durations in buckets whose width is a fixed share of their value. Two histograms are merged by
// adding their counts, so those of other VUs, seconds and machines give the quantiles of all of them together.
//
// Bucket i holds the values v (in ns, at least 1) with i = 64·e + m, where 2^e·(1+m/64) <= v < 2^e·(1+(m+1)/64).
// Memory is taken by powers of two as they occur (512 bytes each, 63 at most), whatever the number of values.
// The zero value is ready; it is not safe for concurrent use.
type Histogram struct {
	count    uint64
	sum      float64
	min, max uint64
	used     uint64 // bit e: rows[e] holds something
	rows     [numRows]*[rowSize]uint64
}

func bucketOf(v uint64) (row, column int) {
	row = bits.Len64(v) - 1
	return row, int(v<<(63-row)>>(63-mantissaBits)) & (rowSize - 1)
}

// lowerBound gives the least value of a bucket, in ns.
func lowerBound(row, column int) float64 {
	return math.Ldexp(1+float64(column)/rowSize, row)
}

// Add counts one duration. Less than a nanosecond is counted as one.
func (h *Histogram) Add(d time.Duration) {
	v := uint64(max(d, 1))
	row, column := bucketOf(v)
	r := h.rows[row]
	if r == nil {
		r = &[rowSize]uint64{}
		h.rows[row] = r
	}
	r[column]++
	if h.count == 0 || v < h.min {
		h.min = v
	}
	h.max = max(h.max, v)
	h.count++
	h.sum += float64(v)
	h.used |= 1 << row
}

// Count gives the number of durations.
func (h *Histogram) Count() uint64 { return h.count }

// Sum gives the sum of all durations in ns.
func (h *Histogram) Sum() float64 { return h.sum }

// Max gives the largest duration, exactly.
func (h *Histogram) Max() time.Duration { return time.Duration(h.max) }

// Merge adds what o holds.
func (h *Histogram) Merge(o *Histogram) {
	if o.count == 0 {
		return
	}
	for used := o.used; used != 0; used &= used - 1 {
		e := bits.TrailingZeros64(used)
		r := h.rows[e]
		if r == nil {
			r = &[rowSize]uint64{}
			h.rows[e] = r
		}
		for m, n := range o.rows[e] {
			r[m] += n
		}
	}
	if h.count == 0 || o.min < h.min {
		h.min = o.min
	}
	h.max = max(h.max, o.max)
	h.count += o.count
	h.sum += o.sum
	h.used |= o.used
}

// Reset empties the histogram and keeps its memory.
func (h *Histogram) Reset() {
	for used := h.used; used != 0; used &= used - 1 {
		clear(h.rows[bits.TrailingZeros64(used)][:])
	}
	h.count, h.sum, h.min, h.max, h.used = 0, 0, 0, 0, 0
}

// Quantile gives the duration which the share q (0 to 1) of all durations does not exceed, by nearest rank: within
// 1.6 % of the exact one. 0 when the histogram is empty.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.count == 0 {
		return 0
	}
	rank := max(1, uint64(math.Ceil(min(max(q, 0), 1)*float64(h.count))))
	var below uint64
	for used := h.used; used != 0; used &= used - 1 {
		e := bits.TrailingZeros64(used)
		for m, n := range h.rows[e] {
			if below+n < rank {
				below += n
				continue
			}
			low := lowerBound(e, m)
			within := (float64(rank-below) - 0.5) / float64(n)
			v := low + within*math.Ldexp(1.0/rowSize, e)
			return time.Duration(min(max(v, float64(h.min)), float64(h.max)))
		}
	}
	return h.Max()
}

// Buckets gives the index and the count of each bucket that is not empty, in ascending order.
func (h *Histogram) Buckets() iter.Seq2[uint64, uint64] {
	return func(yield func(uint64, uint64) bool) {
		for used := h.used; used != 0; used &= used - 1 {
			e := bits.TrailingZeros64(used)
			for m, n := range h.rows[e] {
				if n > 0 && !yield(uint64(e*rowSize+m), n) {
					return
				}
			}
		}
	}
}

// MarshalJSON gives {"count","sum","min","max","buckets":[[index,count],…]}, in ns.
func (h *Histogram) MarshalJSON() ([]byte, error) {
	line := struct {
		Count   uint64      `json:"count"`
		Sum     float64     `json:"sum"`
		Min     uint64      `json:"min"`
		Max     uint64      `json:"max"`
		Buckets [][2]uint64 `json:"buckets"`
	}{h.count, h.sum, h.min, h.max, [][2]uint64{}}
	for index, n := range h.Buckets() {
		line.Buckets = append(line.Buckets, [2]uint64{index, n})
	}
	return json.Marshal(line)
}
