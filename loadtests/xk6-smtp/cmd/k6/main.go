// Command k6 is k6 with the SMTP module built in.
package main

import (
	"go.k6.io/k6/v2/cmd"

	_ "github.com/mailgauge/xk6-smtp"
)

func main() {
	cmd.Execute()
}
