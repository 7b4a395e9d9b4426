//go:build !linux

package record

// machineTimes is not known on this system; the record then holds no share.
func machineTimes() (busy, total uint64, ok bool) { return 0, 0, false }
