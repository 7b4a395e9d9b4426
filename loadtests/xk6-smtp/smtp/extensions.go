package smtp

import "strings"

// extensions is what the server offers: the lines of the reply to EHLO (RFC 5321 section 4.1.1.1).
type extensions struct {
	lines      []string
	pipelining bool
	chunking   bool
	eightBit   bool
	utf8       bool
	size       bool
	dsn        bool
	startTLS   bool
	xclient    bool
	auth       []string
}

func parseExtensions(text string) extensions {
	var e extensions
	for i, line := range strings.Split(text, "\n") {
		if i == 0 || line == "" {
			continue // the greeting
		}
		e.lines = append(e.lines, line)
		words := strings.Fields(strings.ToUpper(line))
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "PIPELINING":
			e.pipelining = true
		case "CHUNKING":
			e.chunking = true
		case "8BITMIME":
			e.eightBit = true
		case "SMTPUTF8":
			e.utf8 = true
		case "SIZE":
			e.size = true
		case "DSN":
			e.dsn = true
		case "STARTTLS":
			e.startTLS = true
		case "XCLIENT":
			e.xclient = true
		case "AUTH":
			e.auth = append(e.auth, words[1:]...)
		default:
			if mechanisms, ok := strings.CutPrefix(words[0], "AUTH="); ok { // an old form, still offered by some
				e.auth = append(append(e.auth, mechanisms), words[1:]...)
			}
		}
	}
	return e
}
