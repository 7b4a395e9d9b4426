//go:build !unix

package record

import "time"

// processCPU is not known on this system; the record then says 0.
func processCPU() time.Duration { return 0 }
