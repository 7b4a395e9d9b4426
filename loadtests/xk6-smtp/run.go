package xk6smtp

import (
	"crypto/rand"
	"fmt"
	"sync"

	"go.k6.io/k6/v2/js/common"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// runIDVariable lets all instances of a distributed run share one id, so that their tokens belong together.
const runIDVariable = "SMTP_RUN_ID"

// randomRunID is the same for all VUs of the process.
var randomRunID = sync.OnceValue(func() string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	id := make([]byte, smtp.RunWidth)
	_, _ = rand.Read(id) // never fails
	for i, b := range id {
		id[i] = digits[int(b)%len(digits)]
	}
	return string(id)
})

// runID is SMTP_RUN_ID, given by `k6 run -e` or by the environment, or else random.
func runID(env *common.InitEnvironment) (string, error) {
	given := env.RuntimeOptions.Env[runIDVariable]
	if given == "" && env.LookupEnv != nil {
		given, _ = env.LookupEnv(runIDVariable)
	}
	if given == "" {
		return randomRunID(), nil
	}
	if _, err := smtp.NewPatch(given, 0); err != nil {
		return "", fmt.Errorf("%s: %w", runIDVariable, err)
	}
	return given, nil
}
