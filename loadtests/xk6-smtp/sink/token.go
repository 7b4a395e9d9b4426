package sink

import (
	"bytes"
	"time"
)

// tokenHeader names the field that the k6 module patches into each message.
const tokenHeader = "X-Mailgauge-Token:" //nolint:gosec // of a message, not of a login

const (
	runWidth     = 8
	vuWidth      = 6
	counterWidth = 8
	sentWidth    = 11
	tokenWidth   = runWidth + 1 + vuWidth + 1 + counterWidth + 1 + sentWidth
)

// token is what a message of a load test carries: `<run>-<vu>-<n>-<sent>`, the last three in base 36 of a fixed width.
type token struct {
	run  [runWidth]byte
	vu   uint64
	n    uint64
	sent int64 // Unix time, µs
}

// parseToken reads the value of a token header. Anything but the exact form is no token.
func parseToken(value []byte) (token, bool) {
	value = bytes.TrimSpace(value)
	var t token
	if len(value) != tokenWidth {
		return t, false
	}
	for i, b := range value[:runWidth] {
		if digit36(b) < 0 {
			return t, false
		}
		t.run[i] = b
	}
	rest := value[runWidth:]
	var ok [3]bool
	t.vu, rest, ok[0] = number36(rest, vuWidth)
	t.n, rest, ok[1] = number36(rest, counterWidth)
	sent, _, last := number36(rest, sentWidth)
	t.sent, ok[2] = int64(sent), last
	return t, ok[0] && ok[1] && ok[2]
}

// number36 reads `-` and width digits.
func number36(text []byte, width int) (n uint64, rest []byte, ok bool) {
	if text[0] != '-' {
		return 0, text[1+width:], false
	}
	for _, b := range text[1 : 1+width] {
		d := digit36(b)
		if d < 0 {
			return 0, text[1+width:], false
		}
		n = n*36 + uint64(d)
	}
	return n, text[1+width:], true
}

func digit36(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b >= 'a' && b <= 'z':
		return int(b-'a') + 10
	default:
		return -1
	}
}

// delay gives the time from the sending to now; clocks that disagree do not make it negative.
func (t token) delay(now time.Time) time.Duration {
	return max(0, time.Duration(now.UnixMicro()-t.sent)*time.Microsecond)
}
