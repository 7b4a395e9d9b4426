package xk6smtp

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Every runner of a divided test may run setup() and teardown(), all in a VU with the number 0.
func TestTokensOfSetUpAndTearDownAreTheirRunners(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	token := func(vu uint64) string {
		runner := newVU(t, portOf(server.Address()))
		runner.init(plainClient)
		runner.state.VUIDGlobal = vu
		runner.start()
		return runner.run(`mx.send(to("b@x.test")).token.split("-")[1]`).String()
	}
	assert.Equal(t, "00002s", token(100))
	own := token(0)
	assert.Equal(t, own, token(0), "one process, one number")
	assert.GreaterOrEqual(t, own, "i00000", "no VU of a scenario has such a number")
	drawn := newOutsideVU()
	assert.NotEqual(t, outsideVU, drawn, "each process draws its own")
}
