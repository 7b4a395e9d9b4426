package xk6smtp

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mailgauge/xk6-smtp/sink"
)

const loginClients = `const body = smtp.message({ text: "hello" });
	const envelope = { from: "a@x.test", to: "b@x.test", message: body };
	const login = (pass, more) => new smtp.Client({ host: "127.0.0.1", port: PORT, tls: "starttls",
		tlsOptions: { cacerts: CA, serverName: "localhost" }, auth: { mech: "PLAIN", user: "tester", pass }, ...more })`

// loginVU is a VU that knows the certificate of a sink which wants AUTH.
func loginVU(t *testing.T) (*testVU, *sink.Server) {
	t.Helper()
	server := exampleSink(t, sink.SMTP)
	vu := newVU(t, portOf(server.Address()))
	require.NoError(t, vu.VU.Runtime().Set("CA", string(server.CA())))
	vu.init(loginClients)
	vu.start()
	return vu, server
}

// byReply adds up the samples of smtp_replies.
func byReply(samples []sample) map[string]float64 {
	replies := map[string]float64{}
	for _, one := range samples {
		replies[one.tags["phase"]+" "+one.tags["code"]] += one.value
	}
	return replies
}

func TestRefusedCredentialsAreAResult(t *testing.T) {
	t.Parallel()
	vu, _ := loginVU(t)
	assert.JSONEq(t, `["rejected",false,535,"auth","",0,"1.3"]`, vu.json(
		`(({ outcome, ok, code, phase, error, recipients, tls }) => [outcome, ok, code, phase, error, recipients.length, tls.version])
		(login("wrong").send(envelope))`))
	samples := vu.taken()
	assert.Empty(t, samples["smtp_errors"])
	assert.InDelta(t, 1, sum(samples["smtp_message_failed"]), 0)
	assert.InDelta(t, 0, sum(samples["smtp_sessions"]), 0)
	assert.Equal(t, "rejected", samples["smtp_messages"][0].tags["outcome"])
	assert.InDelta(t, 1, byReply(samples["smtp_replies"])["auth 535"], 0)
}

func TestRepliesOfTheSetUpAreCounted(t *testing.T) {
	t.Parallel()
	vu, _ := loginVU(t)
	want := map[string]float64{"banner 220": 1, "ehlo 250": 2, "starttls 220": 1, "auth 235": 1}
	vu.run(`const held = login("correct horse"); held.open()`)
	assert.Equal(t, want, byReply(vu.taken()["smtp_replies"]))
	vu.run(`held.sendBatch(5, envelope)`)
	assert.Equal(t, map[string]float64{"accepting 250": 5}, byReply(vu.taken()["smtp_replies"]))
}
