package xk6smtp

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// maxDuration keeps sums of durations far from the end of time.Duration.
const maxDuration = 365 * 24 * time.Hour

// duration takes "250ms", "10s", "1m", or milliseconds as a number.
func (o *options) duration(name string, otherwise time.Duration) time.Duration {
	value := o.get(name)
	if value == nil {
		return otherwise
	}
	var (
		duration time.Duration
		err      error
	)
	if number, ok := toNumber(value); ok {
		if !(number >= 0 && number <= float64(maxDuration/time.Millisecond)) {
			o.fail(name, "%s is not a duration", show(value))
			return 0
		}
		duration = time.Duration(number * float64(time.Millisecond))
	} else if text, ok := value.Export().(string); ok {
		duration, err = time.ParseDuration(text)
	} else {
		err = strconv.ErrSyntax
	}
	if err != nil || duration < 0 || duration > maxDuration {
		o.fail(name, `%s is not a duration such as "250ms", "10s" or 250 (milliseconds)`, show(value))
	}
	return duration
}

// size takes a number of bytes, or "20KB", "1MB", "64KiB".
func (o *options) size(name string, otherwise int64) int64 {
	value := o.get(name)
	if value == nil {
		return otherwise
	}
	if number, ok := toNumber(value); ok && number >= 0 && number == math.Trunc(number) && number <= maxSize {
		return int64(number)
	}
	if text, ok := value.Export().(string); ok {
		if size, ok := parseSize(text); ok {
			return size
		}
	}
	o.fail(name, `%s is not a size such as 2048, "20KB" or "64KiB"`, show(value))
	return 0
}

// maxSize is far above any message, and far below what overflows.
const maxSize = 1 << 50

var sizeUnits = []struct {
	suffix string
	bytes  float64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"B", 1},
	{"", 1},
}

func parseSize(text string) (int64, bool) {
	for _, unit := range sizeUnits {
		digits, found := strings.CutSuffix(text, unit.suffix)
		if !found {
			continue
		}
		number, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		bytes := number * unit.bytes
		if err != nil || !(bytes >= 0 && bytes <= maxSize) {
			return 0, false
		}
		return int64(bytes), true
	}
	return 0, false
}
