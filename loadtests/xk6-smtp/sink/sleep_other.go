//go:build !linux

package sink

import "time"

func sleepInKernel(d time.Duration) { time.Sleep(d) }
