// Command k6 is k6 with the SMTP module built in.
package main

import (
	"go.k6.io/k6/v2/cmd"

	_ "github.com/mailgauge/xk6-smtp"
)

// ballast is never touched, so that it takes no memory; but the garbage collector counts it as live. k6's heap is small
// and its garbage short-lived: without the ballast it would be collected a hundred times a second, for a fifth of the
// CPU time of a message. Unlike a higher GOGC it does not multiply the memory of a long run.
var ballast = make([]byte, 64<<20)

func main() {
	_ = ballast
	cmd.Execute()
}
