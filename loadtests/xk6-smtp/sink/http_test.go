package sink

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
)

// ask sends one request to the API over HTTP.
func ask(t *testing.T, server *Server, method, path, body string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+server.HTTP()+path, strings.NewReader(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(content)
}

func TestProfileOverHTTP(t *testing.T) {
	server := start(t, Config{HTTP: "127.0.0.1:0"})
	c := greet(t, server)
	_, text := ask(t, server, "GET", "/api/v1/profile", "")
	require.Equal(t, "name: accept\n", text)
	const profile = "rules:\n  - { phase: noop, reply: \"451 4.7.1 Later\" }\n"
	status, _ := ask(t, server, "PUT", "/api/v1/profile", profile)
	require.Equal(t, http.StatusNoContent, status)
	c.say("NOOP", "451 4.7.1 Later") // a connection that was there before
	_, text = ask(t, server, "GET", "/api/v1/profile", "")
	require.Equal(t, profile, text)
	status, text = ask(t, server, "PUT", "/api/v1/profile", `{"rulez": []}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.JSONEq(t, `{"error":"profile: line 1: unknown key \"rulez\"; did you mean \"rules\"?"}`, text)
	c.say("NOOP", "451") // as it was
	status, _ = ask(t, server, "PUT", "/api/v1/profile", `{"name":"gmail"}`)
	require.Equal(t, http.StatusNoContent, status)
	require.Equal(t, "gmail", server.Profile().Name)
	status, text = ask(t, server, "PUT", "/api/v1/profile", strings.Repeat("#", maxBody+1))
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	require.JSONEq(t, `{"error":"profile: more than 1 MiB"}`, text)
}

func TestStatsRunsAndReset(t *testing.T) {
	server := start(t, Config{HTTP: "127.0.0.1:0"})
	c := greet(t, server)
	c.deliver("X-Mailgauge-Token: " + tokenOf("httprun0", 1, 2, time.Now()) + "\r\n\r\nx")
	_, text := ask(t, server, "GET", "/api/v1/stats", "")
	var stats Stats
	require.NoError(t, json.Unmarshal([]byte(text), &stats))
	require.Equal(t, server.Stats(), stats)
	require.EqualValues(t, 1, stats.Messages["accepted"])
	status, text := ask(t, server, "GET", "/api/v1/runs/httprun0", "")
	require.Equal(t, http.StatusOK, status)
	var report map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &report))
	require.Equal(t, []any{map[string]any{"vu": 1.0, "from": 1.0, "to": 1.0}}, report["missing"])
	require.Contains(t, report["transit"], "histogram")
	status, _ = ask(t, server, "GET", "/api/v1/runs/unknown0", "")
	require.Equal(t, http.StatusNotFound, status)
	status, _ = ask(t, server, "POST", "/api/v1/reset", "")
	require.Equal(t, http.StatusNoContent, status)
	status, _ = ask(t, server, "GET", "/api/v1/runs/httprun0", "")
	require.Equal(t, http.StatusNotFound, status)
	require.EqualValues(t, 0, server.Stats().Messages["accepted"])
	require.EqualValues(t, 1, server.Stats().Connections.Active)
	c.deliver("X-Mailgauge-Token: " + tokenOf("httprun0", 1, 1, time.Now()) + "\r\n\r\nx")
	again, ok := server.Run("httprun0")
	require.True(t, ok, "a connection from before the reset")
	require.EqualValues(t, 1, again.Arrived)
	status, _ = ask(t, server, "GET", "/-/healthy", "")
	require.Equal(t, http.StatusOK, status)
}

func TestPagesInABrowserAreRefused(t *testing.T) {
	server := start(t, Config{})
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/reset", nil)
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	recorder := httptest.NewRecorder()
	server.Handler().ServeHTTP(recorder, request)
	require.Equal(t, http.StatusForbidden, recorder.Code)
}

func TestMetrics(t *testing.T) {
	server := start(t, Config{HTTP: "127.0.0.1:0"})
	c := greet(t, server)
	for n, age := range []time.Duration{0, 100 * time.Millisecond, 10 * time.Second} {
		c.deliver("X-Mailgauge-Token: " + tokenOf("metrics0", 1, uint64(n+1), time.Now().Add(-age)) + "\r\n\r\nx")
	}
	_, text := ask(t, server, "GET", "/metrics", "")
	for _, line := range []string{
		`mailgauge_sink_connections_total{tls="false"} 1`, `mailgauge_sink_active_connections 1`,
		`mailgauge_sink_messages_total{outcome="accepted"} 3`, `mailgauge_sink_recipients_total 3`,
		`mailgauge_sink_replies_total{code="354",phase="data"} 3`, `mailgauge_sink_transit_seconds_count 3`,
		`mailgauge_sink_transit_seconds_bucket{le="+Inf"} 3`, `mailgauge_sink_transit_seconds_bucket{le="0.01"} 1`,
	} {
		require.Contains(t, text, line+"\n")
	}
	require.EqualValues(t, 3, nativeCount(t, server))
}

// nativeCount adds up the buckets of the native histogram.
func nativeCount(t *testing.T, server *Server) (total int64) {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{server})
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() != "mailgauge_sink_transit_seconds" {
			continue
		}
		require.Equal(t, dto.MetricType_HISTOGRAM, family.GetType())
		h := family.GetMetric()[0].GetHistogram()
		require.EqualValues(t, nativeSchema, h.GetSchema())
		var bucket int64
		for _, delta := range h.GetPositiveDelta() {
			bucket += delta
			total += bucket
		}
	}
	return total
}
