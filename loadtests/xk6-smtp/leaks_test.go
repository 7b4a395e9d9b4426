package xk6smtp

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/require"
)

// held is how many connections the module keeps something of.
func held() int {
	openConnections.mu.Lock()
	defer openConnections.mu.Unlock()
	watched.mu.Lock()
	defer watched.mu.Unlock()
	return max(len(openConnections.all), len(watched.guards))
}

// Scripts make a client in each iteration, too. One that is closed, or whose relay does not answer, leaves nothing.
func TestClosedClientsLeaveNothingBehind(t *testing.T) {
	server := startSink(t, "")
	for name, code := range map[string]string{
		"close":           `mx.send(mail); mx.close()`,
		"quit":            `mx.send(mail); mx.quit()`,
		"never used":      ``,
		"a dead port":     `mx.options.port = 1`,
		"closed by reuse": `mx.send(mail)`,
	} {
		port := portOf(server.Address())
		options := `{ host: "127.0.0.1", port: PORT }`
		switch name {
		case "a dead port":
			port, code = closedPort(t), `mx.send(mail)`
			options = `{ host: "127.0.0.1", port: PORT, backoff: 0 }`
		case "closed by reuse":
			options = `{ host: "127.0.0.1", port: PORT, reuse: { maxMessages: 1 } }`
		}
		vu := newVU(t, port)
		vu.init(`const mail = { from: "a@x.test", to: "b@x.test", message: smtp.message({ text: "x" }) }`)
		vu.start()
		before := held()
		vu.run(`for (let i = 0; i < 20; i++) { const mx = new smtp.Client(` + options + `); ` + code + ` }`)
		require.Equal(t, before, held(), name)
	}
}

// The watch over sessions is one goroutine, however often sessions come and go.
func TestOneGoroutineWatches(t *testing.T) {
	var w watcher
	g := &guard{}
	watching := func() int {
		stacks := make([]byte, 1<<20)
		return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "(*watcher).run")
	}
	before := watching()
	for range 50 {
		w.add(g)
		w.remove(g)
	}
	require.LessOrEqual(t, watching(), before+1)
	require.Eventually(t, func() bool { return watching() <= before }, 10*time.Second, time.Millisecond)
}

// What a script does wrong in a send in the background costs no connection.
func TestWrongSendsInTheBackgroundKeepTheirSession(t *testing.T) {
	server := startSink(t, "")
	vu := started(t, portOf(server.Address()), `
		const mx = new smtp.Client({ host: "127.0.0.1", port: PORT });
		const mail = { from: "a@x.test", to: "b@x.test", message: smtp.message({ text: "x" }) };
	`)
	vu.run(`mx.sendAsync(mail)`)
	before := held()
	for range 5 {
		require.Contains(t, vu.fails(`mx.sendAsync({ ...mail, headers: { "a b": "c" } })`), "is no name of a header field")
	}
	vu.run(`mx.sendAsync(mail)`)
	require.Equal(t, before, held())
	require.EqualValues(t, 1, server.Stats().Connections.Total)
}

func TestHostileOptionsThrow(t *testing.T) {
	vu := newVU(t, "1")
	vu.init(`const many = []; many.length = 4294967295`)
	require.Contains(t, vu.fails(`smtp.message({ attachments: many, text: 1 })`), "text: wants a string")
	require.Contains(t, vu.fails(`smtp.message({ size: "10GB" })`), "size: is above")
	require.Contains(t, vu.fails(`smtp.message({ get size() { throw new Error("mine") } })`), "mine")
	require.Contains(t, vu.fails(`new smtp.Client({ get host() { throw new Error("mine") } })`), "mine")
	require.Contains(t, vu.fails(`new smtp.Client(new Proxy({}, { ownKeys() { throw new Error("mine") } }))`), "mine")
	require.Contains(t, vu.fails(`smtp.corpus({ get directory() { throw new Error("mine") } })`), "mine")
	vu.init(`const mx = new smtp.Client({ host: "127.0.0.1", port: PORT })
		const body = smtp.message({ text: "x" })`)
	vu.start()
	require.Contains(t, vu.fails(`mx.send({ from: "a@b", to: many, message: body })`), "to[0]: wants a string, got nothing")
	require.Contains(t, vu.fails(`mx.send({ from: "a@b", get to() { throw new Error("mine") }, message: body })`), "mine")
	require.Contains(t, vu.fails(`mx.send({ from: "a@b", to: "c@d", message: body, headers: { get A() { throw new Error("mine") } } })`), "mine")
	require.Contains(t, vu.fails(`mx.send({ from: "a@b", to: [{ toString() { throw new Error("mine") } }], message: body })`), "to[0]: wants a string")
}

// Ever new lists of recipients must not pile up.
func TestKeptEnvelopesAreBounded(t *testing.T) {
	vu := started(t, portOf(startSink(t, "").Address()), ``)
	e := envelopeReader{rt: vu.VU.Runtime(), where: "test"}
	m := vu.run(`globalThis.body = smtp.message({ text: "x" }); body`)
	require.NotNil(t, m)
	for i := range 60 {
		vu.run(`globalThis.list = Array.from({ length: 20000 }, (_, i) => "recipient" + (` + strings.Repeat("1", i+1) + ` + i) + "@example.test")`)
		_, err := e.read(vu.run(`({ from: "a@b", to: list, message: body })`))
		require.NoError(t, err)
	}
	kept := 0
	for key := range e.known {
		kept += len(key)
	}
	require.LessOrEqual(t, kept, maxEnvelopeOctets)
}

// A folder with a million empty files must not fill the log.
func TestFilesLeftOutAreNamedUpToTen(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "good.eml"), []byte("A: b\n\nx\n"), 0o600))
	for i := range 30 {
		require.NoError(t, os.WriteFile(filepath.Join(folder, strconv.Itoa(i)+".eml"), nil, 0o600))
	}
	vu := newVU(t, "1")
	logger, seen := logtest.NewNullLogger()
	vu.VU.InitEnvField.Logger = logger
	require.NoError(t, vu.VU.Runtime().Set("FOLDER", folder))
	vu.init(`smtp.corpus({ directory: FOLDER })`)
	require.Len(t, seen.AllEntries(), 11)
	require.Equal(t, "corpus: left out 20 more files", seen.LastEntry().Message)
}
