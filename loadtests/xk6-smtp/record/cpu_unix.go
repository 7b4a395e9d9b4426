//go:build unix

package record

import (
	"syscall"
	"time"
)

// processCPU gives the CPU time of this process, all cores together.
func processCPU() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
