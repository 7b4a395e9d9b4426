package xk6smtp

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/grafana/sobek"
	"github.com/stretchr/testify/require"
	"go.k6.io/k6/v2/js/modulestest"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
	"go.k6.io/k6/v2/lib/types"
	"go.k6.io/k6/v2/metrics"

	"github.com/mailgauge/xk6-smtp/sink"
)

// startSink serves until the test ends. profile is YAML; "" accepts everything.
func startSink(t *testing.T, profile string, listen ...sink.Kind) *sink.Server {
	t.Helper()
	config := sink.Config{Hostname: "localhost", Auth: sink.Authentication{}}
	if profile != "" {
		parsed, err := sink.ParseProfile([]byte(profile))
		require.NoError(t, err)
		config.Profile = parsed
	}
	for _, kind := range listen {
		config.Listen = append(config.Listen, sink.Listen{Address: "127.0.0.1:0", Kind: kind})
	}
	server, err := sink.Start(config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// closedPort is one that nobody listens on.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// testVU is one VU with the module, and the samples it made.
type testVU struct {
	*modulestest.Runtime
	t       *testing.T
	samples chan metrics.SampleContainer
	state   *lib.State
}

// newVU makes a VU in its init context. Scripts see the module as `smtp` and PORT as a global.
func newVU(t *testing.T, port string) *testVU {
	t.Helper()
	runtime := modulestest.NewRuntime(t)
	vu := &testVU{Runtime: runtime, t: t, samples: make(chan metrics.SampleContainer, 10_000)}
	registry := runtime.VU.InitEnvField.Registry
	vu.state = &lib.State{
		BuiltinMetrics: runtime.BuiltinMetrics,
		Dialer:         netext.NewDialer(net.Dialer{}, netext.NewResolver(net.LookupIP, 0, types.DNSfirst, types.DNSpreferIPv4)),
		TLSConfig:      &tls.Config{NextProtos: []string{"h2"}},
		Samples:        vu.samples,
		Tags:           lib.NewVUStateTags(registry.RootTagSet()),
		VUID:           1,
		VUIDGlobal:     1,
	}
	instance := New().NewModuleInstance(runtime.VU)
	js := runtime.VU.Runtime()
	require.NoError(t, js.Set("smtp", instance.Exports().Default))
	require.NoError(t, js.Set("PORT", js.ToValue(port).ToInteger()))
	return vu
}

// init runs code in the init context.
func (v *testVU) init(code string) {
	v.t.Helper()
	_, err := v.VU.Runtime().RunString(code)
	require.NoError(v.t, err)
}

// start ends the init context.
func (v *testVU) start() { v.MoveToVUContext(v.state) }

// run runs code in an iteration and gives its value.
func (v *testVU) run(code string) sobek.Value {
	v.t.Helper()
	value, err := v.RunOnEventLoop(code)
	require.NoError(v.t, err)
	return value
}

// json runs code and gives its value as JSON.
func (v *testVU) json(code string) string {
	v.t.Helper()
	return v.run("JSON.stringify(" + code + ")").String()
}

// fails runs code and gives the message of what it throws.
func (v *testVU) fails(code string) string {
	v.t.Helper()
	_, err := v.VU.Runtime().RunString(code)
	require.Error(v.t, err)
	var exception *sobek.Exception
	require.ErrorAs(v.t, err, &exception)
	return strings.TrimPrefix(exception.Value().String(), "GoError: ")
}

// sample is one sample by its metric, with its tags.
type sample struct {
	value float64
	tags  map[string]string
}

// taken gives all samples so far, by metric.
func (v *testVU) taken() map[string][]sample {
	all := map[string][]sample{}
	for _, container := range metrics.GetBufferedSamples(v.samples) {
		for _, one := range container.GetSamples() {
			all[one.Metric.Name] = append(all[one.Metric.Name], sample{one.Value, one.Tags.Map()})
		}
	}
	return all
}

func sum(samples []sample) float64 {
	total := 0.0
	for _, one := range samples {
		total += one.value
	}
	return total
}
