package record

import (
	"os"
	"strconv"
	"strings"
)

// machineTimes gives the time that all cores of the machine have been at work and in all, since it was started, in
// ticks. What a hypervisor took away counts as work: it was not to be had. ok is false where the system does not tell.
func machineTimes() (busy, total uint64, ok bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, false
	}
	return parseMachineTimes(string(text))
}

// parseMachineTimes reads the first line of /proc/stat: user nice system idle iowait irq softirq steal, then guests,
// which are in user and nice already (proc(5)).
func parseMachineTimes(text string) (busy, total uint64, ok bool) {
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	const idle, iowait, all = 4, 5, 9
	if len(fields) < all || fields[0] != "cpu" {
		return 0, 0, false
	}
	for i, field := range fields[:all] {
		if i == 0 {
			continue
		}
		ticks, err := strconv.ParseUint(field, 10, 63)
		if err != nil {
			return 0, 0, false
		}
		total += ticks
		if i != idle && i != iowait {
			busy += ticks
		}
	}
	return busy, total, true
}
