package record

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.k6.io/k6/v2/cmd"
	"go.k6.io/k6/v2/js/modules"
)

// asK6 makes this test binary a k6 with the output and a module that records one message a call, so that the output is
// tested as the real k6 drives it.
const asK6 = "MAILGAUGE_RECORD_TEST_K6"

func TestMain(m *testing.M) {
	if os.Getenv(asK6) == "" {
		os.Exit(m.Run())
	}
	modules.Register("k6/x/recordtest", root{})
	cmd.Execute()
}

type root struct{}

func (root) NewModuleInstance(vu modules.VU) modules.Instance { return &instance{vu: vu} }

type instance struct{ vu modules.VU }

func (i *instance) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{"one": func() {
		state := i.vu.State()
		name, _ := state.Tags.GetCurrentValues().Tags.Get("scenario")
		s := ForVU(state.VUIDGlobal).Begin(name)
		s.Message(Accepted, 100)
		s.Phase(MessageDuration, time.Millisecond)
		s.End()
	}}}
}

func runK6(t *testing.T, script string, args ...string) (lines []map[string]any, exitCode int) {
	t.Helper()
	folder := t.TempDir()
	file, out := filepath.Join(folder, "script.js"), filepath.Join(folder, "out.ndjson")
	require.NoError(t, os.WriteFile(file, []byte(script), 0o600))
	args = append([]string{"run", "--quiet", "--summary-mode=disabled", "--out", "smtp-record=" + out}, append(args, file)...)
	command := exec.CommandContext(t.Context(), os.Args[0], args...)
	command.Env = append(os.Environ(), asK6+"=1", "K6_NO_USAGE_REPORT=true", "K6_AUTO_EXTENSION_RESOLUTION=false")
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	require.NoError(t, err, "%s", output)
	return read(t, text), command.ProcessState.ExitCode()
}

func TestUnderK6(t *testing.T) {
	t.Parallel()
	lines, code := runK6(t, `
		import { one } from "k6/x/recordtest";
		export const options = {
			scenarios: {
				first: { executor: "shared-iterations", vus: 3, iterations: 40 },
				second: { executor: "per-vu-iterations", vus: 2, iterations: 5, exec: "twice" },
			},
			thresholds: { "iterations{scenario:first}": ["count==40", "count<40"], iterations: ["count==50"] },
		};
		export function setup() { one(); }
		export default function () { one(); }
		export function twice() { one(); one(); }
	`)
	assert.Equal(t, 99, code)
	assert.Equal(t, map[string]any{
		"first":  map[string]any{"executor": "shared-iterations"},
		"second": map[string]any{"executor": "per-vu-iterations"},
	}, lines[0]["scenarios"])
	got := map[string]any{}
	for _, line := range ofType(lines, "snapshot") {
		for name, s := range line["scenarios"].(map[string]any) {
			counts := s.(map[string]any)
			got[name] = []any{counts["iterations"], counts["messages"]}
			assert.Greater(t, counts["to"], counts["from"])
			assert.LessOrEqual(t, counts["to"], line["at"])
		}
	}
	assert.Equal(t, map[string]any{
		"first":  []any{40.0, map[string]any{"accepted": 40.0}},
		"second": []any{10.0, map[string]any{"accepted": 20.0}},
	}, got)
	end := lines[len(lines)-1]
	assert.Equal(t, []any{
		map[string]any{"metric": "iterations", "expression": "count==50", "ok": true},
		map[string]any{"metric": "iterations{scenario:first}", "expression": "count==40", "ok": true},
		map[string]any{"metric": "iterations{scenario:first}", "expression": "count<40", "ok": false},
	}, end["thresholds"])
	assert.Equal(t, false, end["aborted"])
	assert.Equal(t, "thresholds", end["reason"])
}

func TestUnderK6ItSaysWhoBrokeOff(t *testing.T) {
	t.Parallel()
	lines, code := runK6(t, `
		import exec from "k6/execution";
		import { one } from "k6/x/recordtest";
		export default function () { one(); exec.test.abort("enough"); }
	`, "--no-thresholds")
	assert.Equal(t, 108, code)
	end := lines[len(lines)-1]
	assert.Equal(t, true, end["aborted"])
	assert.Equal(t, "script", end["reason"])
	assert.Contains(t, end["error"], "enough")
}
