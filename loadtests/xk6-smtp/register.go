// Package xk6smtp is the k6 module k6/x/smtp: SMTP and LMTP sessions that live across iterations, with every phase
// timed and every reply kept. index.d.ts is its interface; package smtp does the talking.
package xk6smtp

import (
	"go.k6.io/k6/v2/js/modules"

	"github.com/mailgauge/xk6-smtp/record"
)

// Version of this module.
const Version = record.Version

func init() {
	modules.Register("k6/x/smtp", New())
}
