package xk6smtp

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mailgauge/xk6-smtp/sink"
)

// built is where k6Binary builds; "" before.
var built string

// k6Binary is built once for a run of the tests.
var k6Binary = sync.OnceValues(func() (string, error) {
	var err error
	if built, err = os.MkdirTemp("", "k6-smtp-"); err != nil {
		return "", err
	}
	binary := filepath.Join(built, "k6")
	output, err := exec.Command("go", "build", "-o", binary, "./cmd/k6").CombinedOutput()
	if err != nil {
		return string(output), err
	}
	return binary, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

const (
	passed           = 0
	thresholdsFailed = 99
	scriptFailed     = 107
)

// runK6 runs a script in real k6 and gives its exit code and what it wrote.
func runK6(t *testing.T, script string, env map[string]string, more ...string) (int, string) {
	t.Helper()
	binary, err := k6Binary()
	require.NoError(t, err, binary)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{"run", "--quiet", "--no-color", "--no-usage-report"}, more...)
	for name, value := range env {
		args = append(args, "-e", name+"="+value)
	}
	command := exec.CommandContext(ctx, binary, append(args, script)...)
	command.Env = []string{"K6_AUTO_EXTENSION_RESOLUTION=false", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	output, err := command.CombinedOutput()
	if err != nil && ctx.Err() != nil {
		require.NoError(t, ctx.Err(), string(output))
	}
	return command.ProcessState.ExitCode(), string(output)
}

// exampleSink speaks what an example needs.
func exampleSink(t *testing.T, kind sink.Kind) *sink.Server {
	t.Helper()
	server, err := sink.Start(sink.Config{
		Hostname: "localhost",
		Listen:   []sink.Listen{{Address: "127.0.0.1:0", Kind: kind}},
		Auth:     sink.Authentication{User: "tester", Password: "correct horse"},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return server
}

func TestExamplesRunUnderRealK6(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Glob("examples/*.ts")
	require.NoError(t, err)
	require.Len(t, examples, 8)
	for _, example := range examples {
		name := filepath.Base(example)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := sink.SMTP
			if name == "lmtp.ts" {
				kind = sink.LMTP
			}
			server := exampleSink(t, kind)
			env := map[string]string{
				"SMTP_PORT": portOf(server.Address()), "SMTP_CA": string(server.CA()),
				"SMTP_USERNAME": "tester", "SMTP_PASSWORD": "correct horse",
			}
			code, output := runK6(t, example, env)
			assert.Equal(t, passed, code, output)
			assert.NotContains(t, output, "✗", output)
			assert.NotZero(t, server.Stats().Messages["accepted"])

			// Against a port that nobody listens on, k6 alone would end with success.
			env["SMTP_PORT"] = closedPort(t)
			code, output = runK6(t, example, env)
			assert.Equal(t, thresholdsFailed, code, output)
		})
	}
}

func TestSessionsSayQuitAtTheEnd(t *testing.T) {
	t.Parallel()
	server := exampleSink(t, sink.SMTP)
	code, output := runK6(t, "examples/batch.ts", map[string]string{"SMTP_PORT": portOf(server.Address())})
	require.Equal(t, passed, code, output)
	stats := server.Stats()
	assert.EqualValues(t, 2000, stats.Messages["accepted"])
	assert.Equal(t, map[string]uint64{"221": stats.Connections.Total}, stats.Replies["quit"])
}

func TestTheRecordAgreesWithTheServer(t *testing.T) {
	t.Parallel()
	server := exampleSink(t, sink.SMTP)
	record := filepath.Join(t.TempDir(), "record.ndjson")
	code, output := runK6(t, "examples/batch.ts", map[string]string{"SMTP_PORT": portOf(server.Address())},
		"--out", "smtp-record="+record)
	require.Equal(t, passed, code, output)
	text, err := os.ReadFile(record)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"messages":{"accepted":2000}`)
	assert.Contains(t, string(text), `"accepting 250 2.0.0":2000`)
}

func TestAWrongOptionEndsTheRun(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "wrong.js")
	require.NoError(t, os.WriteFile(script, []byte(`
		import { Client } from "k6/x/smtp";
		new Client({ host: "mx", tlsOptions: { minVersion: "1.4" } });
		export default function () {}`), 0o600))
	code, output := runK6(t, script, nil)
	assert.Equal(t, scriptFailed, code, output)
	assert.Contains(t, output, `Client: tlsOptions.minVersion: \"1.4\" is not one of 1.0, 1.1, 1.2, 1.3`)
}

func TestAWrongRunIDEndsTheRun(t *testing.T) {
	t.Parallel()
	code, output := runK6(t, "examples/smoke.ts", map[string]string{"SMTP_RUN_ID": "Not Valid"})
	assert.Equal(t, scriptFailed, code, output)
	assert.Contains(t, output, "SMTP_RUN_ID")
}
