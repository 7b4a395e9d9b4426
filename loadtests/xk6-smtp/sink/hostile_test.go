package sink

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Tokens that split one gap again and again must not take more memory than ever new gaps.
func TestSplitGapsAreBounded(t *testing.T) {
	var s sequence
	s.arrive(1_000_001)
	for n := uint64(1_000_000); n > 900_000; n -= 2 {
		s.arrive(n)
	}
	s.arrive(1_000_003)
	require.LessOrEqual(t, len(s.gaps), maxGaps)
	require.GreaterOrEqual(t, s.missing(), uint64(1_000_003-2-50_000), "what is forgotten stays missing")
}

// Nor may many virtual users with many gaps each.
func TestGapsOfARunAreBounded(t *testing.T) {
	var r run
	now := time.Now()
	const vus, gaps = 2_000, 1_000
	for vu := range uint64(vus) {
		for n := range uint64(gaps) {
			r.arrive(token{vu: vu, n: 2*n + 2}, now)
		}
	}
	held, missing := 0, uint64(0)
	for i := range r.parts {
		for _, s := range r.parts[i].vus {
			held += len(s.gaps)
			missing += s.missing()
		}
	}
	require.LessOrEqual(t, held, runParts*maxPartGaps)
	require.EqualValues(t, vus*gaps, missing)
}

// What the client was told of the recipients before the connection broke is what counts.
func TestLMTPMessageIsTakenForThoseWhoWereToldSo(t *testing.T) {
	profile, err := ParseProfile([]byte("rules: [{ phase: accepting, match: { recipient: \"last@*\" }, action: close }]"))
	require.NoError(t, err)
	server := start(t, Config{Listen: []Listen{{Address: "127.0.0.1:0", Kind: LMTP}}, Profile: profile})
	c := dial(t, server.Address())
	c.want("220")
	c.say("LHLO x", "250")
	c.say("MAIL FROM:<a@b>", "250")
	c.say("RCPT TO:<first@b>", "250")
	c.say("RCPT TO:<last@b>", "250")
	c.say("DATA", "354")
	c.send("X-Mailgauge-Token: " + tokenOf("lmtpgone", 1, 1, time.Now()) + "\r\n\r\nx\r\n.\r\n")
	c.want("250")
	require.NoError(t, c.wantEnd())
	stats := server.Stats()
	require.EqualValues(t, 1, stats.Messages["accepted"])
	require.EqualValues(t, 0, stats.Messages["aborted"])
	require.EqualValues(t, 1, stats.Recipients)
	report, ok := server.Run("lmtpgone")
	require.True(t, ok)
	require.EqualValues(t, 1, report.Arrived)
}

// A page whose name was made to mean 127.0.0.1 is of the same origin as the sink, and shows itself by the name alone.
func TestNamesThatAreMadeToMeanThisMachineAreRefused(t *testing.T) {
	server := start(t, Config{})
	web := httptest.NewServer(server.Handler())
	defer web.Close()
	for host, status := range map[string]int{
		"": http.StatusOK, "localhost:9826": http.StatusOK, "LOCALHOST": http.StatusOK, "[::1]:9826": http.StatusOK, "127.0.0.1": http.StatusOK,
		"evil.example:9826": http.StatusForbidden, "localhost.evil.example": http.StatusForbidden,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+"/api/v1/stats", nil)
		require.NoError(t, err)
		if host != "" {
			request.Host = host
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		_ = response.Body.Close()
		require.Equal(t, status, response.StatusCode, host)
	}
}
