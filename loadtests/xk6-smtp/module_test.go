package xk6smtp

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// declared gives the names that a part of index.d.ts declares.
func declared(t *testing.T, part, name string) []string {
	t.Helper()
	text, err := os.ReadFile("index.d.ts")
	require.NoError(t, err)
	block := regexp.MustCompile(part).FindStringSubmatch(string(text))
	require.NotNil(t, block, part)
	var names []string
	for _, match := range regexp.MustCompile(name).FindAllStringSubmatch(block[1], -1) {
		names = append(names, match[1])
	}
	require.NotEmpty(t, names)
	sort.Strings(names)
	return slices.Compact(names)
}

func TestTheDeclarationIsTrue(t *testing.T) {
	t.Parallel()
	vu := newVU(t, "25")
	keys := func(code string) []string {
		var names []string
		require.NoError(t, vu.VU.Runtime().ExportTo(vu.run(code), &names))
		sort.Strings(names)
		return names
	}
	assert.Equal(t, declared(t, `(?s)const smtp: \{(.*?)\n  \};`, `(?m)^    (\w+):`), keys(`Object.keys(smtp)`))
	assert.Equal(t, declared(t, `(?s)(.*)`, `(?m)^  export (?:class|function|const) (\w+)`), keys(`Object.keys(smtp)`))
	assert.Equal(t, declared(t, `(?s)export class Client \{(.*?)\n  \}`, `(?m)^    (?:readonly )?(\w+)[(:]`),
		keys(`[...Object.keys(new smtp.Client({ host: "mx" })), "constructor"]`))
	assert.Equal(t, declared(t, `(?s)export interface Message \{(.*?)\n  \}`, `(?m)readonly (\w+)`),
		keys(`Object.keys(smtp.message())`))
	fields := func(name string) []string {
		return declared(t, `(?s)export interface `+name+`\b[^{]*\{(.*?)\n  \}`, `(?m)^    readonly (\w+)`)
	}
	sorted := func(names ...string) []string {
		sort.Strings(names)
		return names
	}
	step := fields("StepResult")
	assert.Equal(t, step, sorted(slices.Clone(helloKeys)...))
	own := slices.DeleteFunc(slices.Clone(sendKeys), func(key string) bool { return slices.Contains(step, key) })
	assert.Equal(t, fields("SendResult"), sorted(own...))
	assert.Equal(t, fields("BatchResult"), sorted(slices.Clone(batchKeys)...))
}

func TestOptionsOfTheDeclarationAreTaken(t *testing.T) {
	t.Parallel()
	vu := newVU(t, "25")
	assert.Contains(t, vu.fails(`new smtp.Client({ host: "mx", x: 1 })`), "is not an option")
	for name, call := range map[string]string{"ClientOptions": "Client", "MessageOptions": "message", "CorpusOptions": "corpus"} {
		names := declared(t, `(?s)export interface `+name+` \{(.*?)\n  \}`, `(?m)^    (\w+)\??:`)
		for _, option := range names {
			code := `(() => { try { new smtp.` + call + `({ ` + option + `: Symbol() }) } catch (e) { return String(e) } return "" })()`
			assert.NotContains(t, vu.run(code).String(), option+": is not an option", name)
		}
	}
}

func TestManyMessagesInOneCall(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	vu := started(t, portOf(server.Address()), plainClient+`;
		const bdat = new smtp.Client({ host: "127.0.0.1", port: PORT, chunking: true, metrics: "lean" });
		const counting = new smtp.Client({ host: "127.0.0.1", port: PORT, metrics: "counters", tags: { kind: "quiet" } })`)
	assert.JSONEq(t, `{"count":50,"accepted":50,"deferred":0,"rejected":0,"uncertain":0,"failed":0,"aborted":0,"first":null}`,
		vu.json(`(({ duration, ...rest }) => rest)(mx.sendBatch(50, to("b@x.test")))`))
	samples := vu.taken()
	assert.Len(t, samples["smtp_message_duration"], 50)
	assert.Len(t, samples["smtp_message_failed"], 50)
	assert.InDelta(t, 50, sum(samples["smtp_messages"]), 0)
	assert.LessOrEqual(t, len(samples["smtp_messages"]), 2) // reused or not
	assert.Equal(t, "50", vu.run(`bdat.sendBatch(50, { ...to("b@x.test"), window: 10 }).accepted`).String())
	samples = vu.taken()
	assert.Len(t, samples["smtp_message_duration"], 50)
	assert.Empty(t, samples["smtp_accepting"])
	assert.Equal(t, "5", vu.run(`counting.sendBatch(5, to("b@x.test")).accepted`).String())
	samples = vu.taken()
	assert.Empty(t, samples["smtp_message_duration"])
	assert.Equal(t, "quiet", samples["smtp_messages"][0].tags["kind"])
	assert.EqualValues(t, 105, server.Stats().Messages["accepted"])
}

func TestSendsInTheBackgroundHaveSessionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	vu := started(t, portOf(server.Address()), plainClient+`; let tokens = []`)
	for range 3 {
		vu.run(`Promise.all([1, 2, 3].map(() => mx.sendAsync(to("b@x.test")))).then((all) => all.forEach((r) => tokens.push(r.token)))`)
	}
	assert.Equal(t, "9", vu.run(`new Set(tokens).size`).String())
	assert.LessOrEqual(t, server.Stats().Connections.Total, uint64(9))
	assert.InDelta(t, 9, sum(vu.taken()["smtp_messages"]), 0)
}

func TestStepsAreResults(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	vu := started(t, portOf(server.Address()), plainClient)
	assert.JSONEq(t, `[220,250,true,503,250,250,250,250,250,221,false]`, vu.json(`[mx.connect().code,
		mx.ehlo("client.test").code, mx.ehlo().extensions.includes("PIPELINING"), mx.rcpt("b@x.test").code,
		mx.mail("a@x.test").code, mx.rcpt("b@x.test").code, mx.data(body).code, mx.rset().code, mx.noop().code,
		mx.quit().code, mx.connected]`))
	samples := vu.taken()
	assert.InDelta(t, 1, sum(samples["smtp_messages"]), 0)
	assert.InDelta(t, 1, sum(samples["smtp_sessions"]), 0)
	assert.InDelta(t, 1, sum(samples["smtp_recipients"]), 0)
	assert.JSONEq(t, `[false,"closed"]`, vu.json(`(({ ok, error }) => [ok, error])(mx.noop())`))
	assert.JSONEq(t, `[true,true,false]`, vu.json(`[mx.open().ok, mx.connected, (mx.close(), mx.connected)]`))
}

func TestMessagesAndFoldersAreMadeOnceForAllVUs(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for i := range 3 {
		file := filepath.Join(folder, strconv.Itoa(i)+".eml")
		require.NoError(t, os.WriteFile(file, []byte("Subject: "+strconv.Itoa(i)+"\r\n\r\nbody\r\n"), 0o600))
	}
	server := startSink(t, "")
	var made [2]any
	for i := range made {
		vu := newVU(t, portOf(server.Address()))
		require.NoError(t, vu.VU.Runtime().Set("FOLDER", folder))
		vu.init(plainClient + `; const mails = smtp.corpus({ directory: FOLDER }); const large = smtp.message({ size: "1MB", seed: 77 })`)
		vu.start()
		assert.JSONEq(t, `[3,3,true]`, vu.json(`[mails.length, mx.sendBatch(3, { ...to("b@x.test"), message: mails }).accepted,
			Math.abs(large.size - 1e6) < 100]`))
		made[i] = []any{
			vu.run(`mails`).Export().(*corpusObject).corpus, vu.run(`large`).Export().(*messageObject).message,
		}
	}
	assert.Same(t, made[0].([]any)[0], made[1].([]any)[0])
	assert.Same(t, made[0].([]any)[1], made[1].([]any)[1])
}

func TestOneMessageWithoutAClient(t *testing.T) {
	t.Parallel()
	server := startSink(t, "")
	vu := started(t, portOf(server.Address()), plainClient)
	assert.JSONEq(t, `["accepted",36,true]`, vu.json(
		`(({ outcome, token }) => [outcome, token.length, token.startsWith(smtp.runId)])
		(smtp.send({ host: "127.0.0.1", port: PORT, ...to("b@x.test"), headers: { Subject: "Once" } }))`))
	assert.Equal(t, map[string]uint64{"221": 1}, server.Stats().Replies["quit"])
	assert.Len(t, vu.taken()["smtp_session_duration"], 1)
}
