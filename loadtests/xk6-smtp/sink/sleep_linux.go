//go:build linux

package sink

import (
	"syscall"
	"time"
)

func sleepInKernel(d time.Duration) {
	left := syscall.NsecToTimespec(int64(d))
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
		continue // with what is left
	}
}
