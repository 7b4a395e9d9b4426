package xk6smtp

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"

	"github.com/mailgauge/xk6-smtp/sink"
)

const (
	plainClient = `const body = smtp.message({ text: "hello" }); const mx = new smtp.Client({ host: "127.0.0.1", port: PORT });
		const to = (...to) => ({ from: "a@x.test", to, message: body })`
	tlsClient = `const body = smtp.message({ text: "hello" });
		const client = (tls, tlsOptions) => new smtp.Client({ host: "127.0.0.1", port: PORT, tls, tlsOptions: { cacerts: CA, serverName: "localhost", ...tlsOptions } });
		const envelope = { from: "a@x.test", to: "b@x.test", message: body }`
)

// started is a VU that has run code in its init context.
func started(t *testing.T, port, code string) *testVU {
	t.Helper()
	vu := newVU(t, port)
	vu.init(code)
	vu.start()
	return vu
}

func TestASendIsAcceptedAndCounted(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	vu := started(t, portOf(server.Address()), plainClient)
	assert.JSONEq(t,
		`{"ok":true,"accepted":true,"outcome":"accepted","code":250,"enhanced":"2.0.0","phase":"accepting","error":"",
		"message":"","reused":false,"tls":null,"timings":["connecting","banner","ehlo","envelope","sending","accepting","message"],
		"recipients":["accepted","accepted"],"connected":true}`,
		vu.json(`(({ ok, accepted, outcome, code, enhanced, phase, error, message, reused, tls, timings, recipients }) =>
			({ ok, accepted, outcome, code, enhanced, phase, error, message, reused, tls, timings: Object.keys(timings),
			recipients: recipients.map((r) => r.outcome), connected: mx.connected }))(mx.send(to("b@x.test", "c@x.test")))`))
	samples := vu.taken()
	host := map[string]string{"host": server.Address()}
	for name, want := range map[string]float64{
		"smtp_sessions": 1, "smtp_messages": 1, "smtp_recipients": 2, "smtp_replies": 3, "smtp_errors": 0,
		"smtp_message_failed": 0, "smtp_message_deferred": 0, "smtp_session_reused": 0,
	} {
		assert.InDelta(t, want, sum(samples[name]), 0, name)
	}
	for _, name := range []string{"connecting", "banner", "ehlo", "envelope", "sending", "accepting", "message_duration"} {
		require.Len(t, samples["smtp_"+name], 1, name)
		assert.Positive(t, samples["smtp_"+name][0].value, name)
	}
	for _, name := range []string{"mail", "rcpt", "data", "tls_handshaking", "auth", "session_duration"} {
		assert.Empty(t, samples["smtp_"+name], name)
	}
	host["outcome"], host["phase"], host["code"], host["enhanced_code"], host["reused"] = "accepted", "accepting", "250", "2.0.0", "false"
	assert.Equal(t, host, samples["smtp_message_duration"][0].tags)

	assert.Equal(t, "true", vu.run(`mx.send(to("b@x.test")).reused`).String())
	samples = vu.taken()
	assert.Empty(t, samples["smtp_sessions"])
	assert.Equal(t, "true", samples["smtp_messages"][0].tags["reused"])
	assert.EqualValues(t, 1, server.Stats().Connections.Total)
}

func TestRepliesOfEveryClassAreResults(t *testing.T) {
	t.Parallel()
	server := startSink(t, `
rules:
  - { phase: rcpt, match: { recipient: "gone@*" }, reply: "550 5.1.1 no such user" }
  - { phase: rcpt, match: { recipient: "later@*" }, reply: "450 4.2.1 try again" }
`)
	vu := started(t, portOf(server.Address()), plainClient)
	pick := `.map((to) => mx.send(to)).map(({ ok, outcome, code, enhanced, phase, error, recipients }) =>
		[ok, outcome, code, enhanced, phase, error, recipients.map((r) => r.code)])`
	assert.JSONEq(t,
		`[[false,"rejected",550,"5.1.1","rcpt","",[550]],[false,"deferred",450,"4.2.1","rcpt","",[450]],
		[true,"accepted",250,"2.0.0","accepting","",[250,550]]]`,
		vu.json(`[to("gone@x.test"), to("later@x.test"), to("b@x.test", "gone@x.test")]`+pick))
	samples := vu.taken()
	assert.InDelta(t, 2, sum(samples["smtp_message_failed"]), 0)
	assert.InDelta(t, 1, sum(samples["smtp_message_deferred"]), 0)
	assert.Empty(t, samples["smtp_errors"])
	byOutcome := map[string]float64{}
	for _, one := range samples["smtp_recipients"] {
		byOutcome[one.tags["outcome"]] += one.value
	}
	assert.Equal(t, map[string]float64{"accepted": 1, "rejected": 2, "deferred": 1}, byOutcome)
	assert.Equal(t, map[string]float64{"banner 220": 1, "ehlo 250": 1, "accepting 250": 1, "rcpt 550": 2, "rcpt 450": 1},
		byReply(samples["smtp_replies"]))
}

// What was on its way behind a refused MAIL is refused as well, with a 503 that says nothing of the server.
func TestARefusedSenderIsOneRefusal(t *testing.T) {
	t.Parallel()
	server := startSink(t, `rules: [ { phase: mail, reply: "450 4.7.1 slow down" } ]`)
	vu := started(t, portOf(server.Address()), plainClient)
	assert.Equal(t, "deferred", vu.run(`mx.send(to("b@x.test")).outcome`).String())
	samples := vu.taken()
	for _, one := range samples["smtp_replies"] {
		assert.NotEqual(t, "503", one.tags["code"])
	}
	assert.InDelta(t, 1, sum(samples["smtp_message_deferred"]), 0)
}

func TestADeadPortIsAResultAndAnError(t *testing.T) {
	t.Parallel()
	vu := started(t, closedPort(t), plainClient)
	for range 2 {
		assert.JSONEq(t, `[false,"failed","connect_refused","connecting",0]`,
			vu.json(`(({ ok, outcome, error, phase, code }) => [ok, outcome, error, phase, code])(mx.send(to("b@x.test")))`))
	}
	samples := vu.taken()
	assert.InDelta(t, 2, sum(samples["smtp_errors"]), 0)
	assert.InDelta(t, 2, sum(samples["smtp_messages"]), 0)
	assert.InDelta(t, 2, sum(samples["smtp_message_failed"]), 0)
	assert.Equal(t, "connect_refused", samples["smtp_errors"][0].tags["error"])
	assert.JSONEq(t, `[3,"connect_refused"]`,
		vu.json(`(({ failed, first }) => [failed, first.error])(mx.sendBatch(3, to("b@x.test")))`))
	assert.InDelta(t, 3, sum(vu.taken()["smtp_messages"]), 0)
}

func TestBlockedAddressesStayUntouched(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	vu := newVU(t, portOf(server.Address()))
	_, loopback, err := net.ParseCIDR("127.0.0.0/8")
	require.NoError(t, err)
	vu.state.Dialer.(*netext.Dialer).Blacklist = []*lib.IPNet{{IPNet: *loopback}}
	vu.init(plainClient)
	vu.start()
	assert.Equal(t, "blocked", vu.run(`mx.send(to("b@x.test")).error`).String())
	assert.Zero(t, server.Stats().Connections.Total)
}

func TestTLSIsVerifiedAndMayBeResumed(t *testing.T) {
	t.Parallel()
	server := startSink(t, "", sink.SMTP, sink.TLS)
	vu := newVU(t, portOf(server.Address()))
	require.NoError(t, vu.VU.Runtime().Set("CA", string(server.CA())))
	vu.init(tlsClient + `
		const resuming = client("starttls", { session: "resume", keyExchange: "classic", maxVersion: "1.2" });
		const strict = new smtp.Client({ host: "127.0.0.1", port: PORT, tls: "starttls" })`)
	vu.start()
	twice := `[0, 1].map(() => { const { ok, tls } = resuming.send(envelope); resuming.quit(); return [ok, tls.version, tls.resumed] })`
	assert.JSONEq(t, `[[true,"1.2",false],[true,"1.2",true]]`, vu.json(twice))
	samples := vu.taken()
	assert.Len(t, samples["smtp_tls_handshaking"], 2)
	assert.Len(t, samples["smtp_session_duration"], 2)
	assert.Equal(t, "1.2", samples["smtp_messages"][0].tags["tls_version"])
	assert.JSONEq(t, `["failed","tls_certificate","tls_handshaking"]`,
		vu.json(`(({ outcome, error, phase }) => [outcome, error, phase])(strict.send(envelope))`))
	require.NoError(t, vu.VU.Runtime().Set("PORT", vu.VU.Runtime().ToValue(portOf(server.Addresses()[1].Address)).ToInteger()))
	assert.JSONEq(t, `[true,"1.3"]`, vu.json(`(({ ok, tls }) => [ok, tls.version])(client("implicit").send(envelope))`))
	assert.JSONEq(t, `[true,true,"1.3"]`, vu.json(`(({ ok, tls }) => [ok, tls.cipher.startsWith("TLS_"), tls.version])(client("implicit").open())`))
}

func TestConnectionsAreRenewedAsAsked(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	vu := started(t, portOf(server.Address()), plainClient+`;
		const two = new smtp.Client({ host: "127.0.0.1", port: PORT, reuse: { maxMessages: 2 } });
		const checked = new smtp.Client({ host: "127.0.0.1", port: PORT, reuse: { idleCheck: "1ns" } })`)
	assert.JSONEq(t, `[[false,true],[true,false],[false,true],[true,false]]`,
		vu.json(`[1, 2, 3, 4].map(() => [two.send(to("b@x.test")).reused, two.connected])`))
	assert.Equal(t, "5", vu.run(`two.sendBatch(5, to("b@x.test")).accepted`).String())
	samples := vu.taken()
	assert.InDelta(t, 5, sum(samples["smtp_sessions"]), 0)
	assert.EqualValues(t, 5, server.Stats().Connections.Total)
	assert.Len(t, samples["smtp_session_duration"], 4)
	assert.JSONEq(t, `[false,true,true]`, vu.json(`[1, 2, 3].map(() => checked.send(to("b@x.test")).reused)`))
}

func TestAServerThatSaysGoodbyeIsConnectedAnew(t *testing.T) {
	t.Parallel()
	server := startSink(t, "limits: { messages_per_connection: 2 }")
	vu := started(t, portOf(server.Address()), plainClient)
	assert.JSONEq(t, `["accepted","accepted","deferred","accepted"]`,
		vu.json(`[1, 2, 3, 4].map(() => mx.send(to("b@x.test")).outcome)`))
	assert.EqualValues(t, 2, server.Stats().Connections.Total)
	assert.Equal(t, "6", vu.run(`mx.sendBatch(10, to("b@x.test")).accepted >= 6 ? 6 : 0`).String())
}

func TestAStoppedVUDoesNotWait(t *testing.T) {
	t.Parallel()
	server := startSink(t, "rules: [ { phase: accepting, action: stall, for: 10m } ]")
	vu := started(t, portOf(server.Address()), plainClient)
	time.AfterFunc(20*time.Millisecond, vu.CancelContext)
	assert.Equal(t, "uncertain", vu.run(`mx.send(to("b@x.test")).outcome`).String())
	samples := vu.taken()
	assert.InDelta(t, 1, sum(samples["smtp_messages"]), 0)
	assert.Empty(t, samples["smtp_errors"], "the server did nothing wrong")
	assert.Empty(t, samples["smtp_message_failed"])
	assert.Empty(t, samples["smtp_message_duration"], "it has not ended")
	assert.Equal(t, "aborted", vu.run(`mx.send(to("b@x.test")).outcome`).String())
	assert.Empty(t, vu.taken()["smtp_message_failed"])
}

func TestWhatTheScriptBreaksOffIsNoFailure(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	vu := started(t, portOf(server.Address()), plainClient)
	for _, after := range []string{"ehlo", "rcpt", "sending"} {
		assert.Equal(t, "aborted", vu.run(`new smtp.Client({ host: "127.0.0.1", port: PORT, abort: { after: "`+after+`" } })
			.send(to("b@x.test")).outcome`).String())
	}
	samples := vu.taken()
	assert.Equal(t, map[string]float64{"aborted": 3}, byTag(samples["smtp_messages"], "outcome"))
	assert.Empty(t, samples["smtp_message_failed"])
	assert.Empty(t, samples["smtp_errors"])
}

// The wire layer sets options of the socket, which k6 wraps.
func TestTheDialerTellsWhatItWraps(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	vu := newVU(t, portOf(server.Address()))
	conn, err := newDialer(vu.state).DialContext(t.Context(), "tcp", server.Address())
	require.NoError(t, err)
	defer conn.Close()
	wrapper, ok := conn.(interface{ NetConn() net.Conn })
	require.True(t, ok, "%T", conn)
	assert.IsType(t, (*net.TCPConn)(nil), wrapper.NetConn())
}
