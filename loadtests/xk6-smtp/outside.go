package xk6smtp

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// setup() and teardown() run in VUs of their own, all with the number 0, and in each process of a divided test. So that
// their tokens are their own, each process draws a number from the upper half, which no VU of a scenario reaches.
var (
	outsideVU = newOutsideVU()
	outside   atomic.Uint64 // counts their messages
)

func newOutsideVU() uint64 {
	const half = smtp.NumVUs / 2
	return half + rand.Uint64N(half)
}

// tokenVU is the number of a VU in tokens.
func tokenVU(vu uint64) uint64 {
	if vu == 0 {
		return outsideVU
	}
	return vu
}

func messageCounter(vu uint64) *atomic.Uint64 {
	if vu == 0 {
		return &outside
	}
	return new(atomic.Uint64)
}
