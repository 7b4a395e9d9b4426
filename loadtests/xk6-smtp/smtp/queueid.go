package smtp

import (
	"regexp"
	"strings"
)

// queueForms is how servers name a message in the reply to the final dot. Not standardised; the first that fits wins.
// The same table serves the probes: src/standards/smtp/queue-id.ts.
var queueForms = []*regexp.Regexp{
	regexp.MustCompile(`\[InternalId=(\d{1,20})`),                                               // Exchange
	regexp.MustCompile(`\bid=([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4})\b`),            // Exim
	regexp.MustCompile(`(?i)\bqueued as ([\w.+=-]{4,100}?)\.?(?:\s|$)`),                         // Postfix, SendGrid
	regexp.MustCompile(`(?i)\bqueued \(([0-9A-F-]{8,60}(?:\.\d+)?)\)`),                          // Haraka
	regexp.MustCompile(`\bids=([0-9a-f]{32})\b`),                                                // KumoMTA
	regexp.MustCompile(`(?i)^(\w{8,40}) Message accepted for delivery`),                         // Sendmail
	regexp.MustCompile(`^OK:? +\d{9,11} ([\w.-]{10,100}) - gsmtp`),                              // Gmail
	regexp.MustCompile(`^Ok ([0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{6})$`), // Amazon SES
	regexp.MustCompile(`^<[^>]{1,320}> (\S{8,60}) Saved`),                                       // Dovecot LMTP
	regexp.MustCompile(`^OK ([0-9A-F/-]{8,60})$`),                                               // Momentum
	regexp.MustCompile(`(?i)^ok \d{9,11} (qp \d{1,10})$`),                                       // qmail
}

func queueID(text string) string {
	last := text[strings.LastIndexByte(text, '\n')+1:]
	for _, form := range queueForms {
		if found := form.FindStringSubmatch(last); found != nil {
			return found[1]
		}
	}
	return ""
}
