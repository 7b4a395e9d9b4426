package xk6smtp

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// byTag adds up samples by one of their tags.
func byTag(samples []sample, tag string) map[string]float64 {
	sums := map[string]float64{}
	for _, one := range samples {
		sums[one.tags[tag]] += one.value
	}
	return sums
}

func TestABrokenConnectionIsOneErrorWithItsCause(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ options, batch, action, cause string }{
		"behind, closed":   {"", "", "close", "closed"},
		"behind, reset":    {"", "", "reset", "reset"},
		"behind, silent":   {`timeouts: { data: "200ms" }`, "", "stall", "timeout"},
		"in turn, closed":  {`pipelining: "off"`, "", "close", "closed"},
		"a window, closed": {`chunking: true`, "window: 4", "close", "closed"},
		"a window, silent": {`chunking: true, timeouts: { data: "200ms" }`, "window: 4", "stall", "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startSink(t, `rules: [ { phase: accepting, action: `+test.action+` } ]`)
			vu := started(t, portOf(server.Address()), `const message = smtp.message({ text: "hello" });
				const mx = new smtp.Client({ host: "127.0.0.1", port: PORT, `+test.options+` });
				const envelope = { from: "a@x.test", to: "b@x.test", message, `+test.batch+` }`)
			assert.JSONEq(t, `[8,"uncertain","`+test.cause+`"]`, vu.json(
				`(({ uncertain, first: { outcome, error } }) => [uncertain, outcome, error])(mx.sendBatch(8, envelope))`))
			samples := vu.taken()
			assert.Equal(t, map[string]float64{"uncertain": 8}, byTag(samples["smtp_messages"], "outcome"))
			broken := float64(server.Stats().Connections.Total)
			assert.Equal(t, map[string]float64{test.cause: broken}, byTag(samples["smtp_errors"], "error"))
		})
	}
}
