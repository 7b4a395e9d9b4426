package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asSink makes the test binary the command itself.
const asSink = "MAILGAUGE_SINK_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asSink) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

type announcement struct {
	Listen []struct{ Address, Kind string }
	HTTP   string
	CA     string
}

const patience = 20 * time.Second

// launch starts the command and reads its line.
func launch(t *testing.T, arguments ...string) (*exec.Cmd, announcement, *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, os.Args[0], arguments...)
	command.Env = append(os.Environ(), asSink+"=1")
	var log bytes.Buffer
	command.Stderr = &log
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	require.NoError(t, err)
	var told announcement
	require.NoError(t, json.Unmarshal(line, &told))
	return command, told, &log
}

func TestSignalsEndIt(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		command, told, log := launch(t, "--listen", "127.0.0.1:0", "--http", "off", "--profile", "gmail")
		require.Empty(t, told.HTTP)
		conn, err := net.Dial("tcp", told.Listen[0].Address)
		require.NoError(t, err)
		banner, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, banner, "220 mx.google.com ESMTP")
		require.NoError(t, command.Process.Signal(signal))
		require.NoError(t, command.Wait())
		require.NoError(t, conn.Close())
		require.Contains(t, log.String(), "listening with the profile gmail, seed 1")
		require.Contains(t, log.String(), "1 connections, 0 messages accepted")
	}
}

func TestEndsWithItsParent(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, os.Args[0], "--listen", "127.0.0.1:0", "--http", "off", "--until-eof")
	command.Env = append(os.Environ(), asSink+"=1")
	stdin, err := command.StdinPipe()
	require.NoError(t, err)
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	_, err = bufio.NewReader(stdout).ReadBytes('\n')
	require.NoError(t, err)
	require.NoError(t, stdin.Close())
	require.NoError(t, command.Wait())
}

func TestListenersAndFiles(t *testing.T) {
	directory := t.TempDir()
	ca, password := filepath.Join(directory, "ca.pem"), filepath.Join(directory, "password")
	require.NoError(t, os.WriteFile(password, []byte("secret\n"), 0o600))
	command, told, log := launch(t, "--listen", "127.0.0.1:0", "--listen", "lmtp://127.0.0.1:0", "--listen", "tls://127.0.0.1:0",
		"--http", "127.0.0.1:0", "--tls-ca-out", ca, "--auth", "tester:"+password, "--quiet", "--max-size", "25MB")
	require.Equal(t, []string{"smtp", "lmtp", "tls"}, []string{told.Listen[0].Kind, told.Listen[1].Kind, told.Listen[2].Kind})
	written, err := os.ReadFile(ca)
	require.NoError(t, err)
	require.Equal(t, told.CA, string(written))
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(written))
	conn, err := tls.Dial("tcp", told.Listen[2].Address, &tls.Config{RootCAs: pool})
	require.NoError(t, err)
	_, err = io.WriteString(conn, "EHLO test.example\r\nQUIT\r\n")
	require.NoError(t, err)
	text, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(text), "AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER SCRAM-SHA-1 SCRAM-SHA-256")
	require.Contains(t, string(text), "SIZE 25000000")
	response, err := http.Get("http://" + told.HTTP + "/-/healthy")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait())
	require.Empty(t, log.String())
}

func TestBadArguments(t *testing.T) {
	directory := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(directory, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	for _, c := range []struct {
		arguments string
		code      int
		message   string
	}{
		{"--nonsense", exitUsage, "flag provided but not defined: -nonsense"},
		{"extra", exitUsage, `"extra" is no flag; see --help`},
		{"--listen http://127.0.0.1:1", exitUsage, "lmtp://127.0.0.1:2424"},
		{"--max-size huge", exitUsage, `"huge" is no size; write for example 500, 10KB, 25MB or 1GiB`},
		{"--tls-cert x", exitUsage, "--tls-cert and --tls-key belong together"},
		{"--auth-required", exitUsage, "--auth-required needs --auth"},
		{"--idle 0s", exitUsage, "--idle must be more than 0"},
		{"--auth tester", exitConfig, "--auth: write USER:FILE with the password in the file, or any"},
		{"--auth tester:" + write("empty", ""), exitConfig, "is empty"},
		{"--auth tester:" + directory + "/none", exitConfig, "no such file"},
		{"--tls-cert " + write("c", "x") + " --tls-key " + write("k", "x"), exitConfig, "--tls-cert: tls: failed to find any PEM data"},
		{"--profile gmial", exitConfig, "no such file or directory; built in are accept, full, gmail"},
		{"--profile " + write("bad.yml", "rulez: []\n"), exitConfig, `bad.yml: profile: line 1: unknown key "rulez"; did you mean "rules"?`},
		{"--listen " + taken.Addr().String(), exitFailed, "address already in use"},
		{"--listen 127.0.0.1:0 --http " + taken.Addr().String(), exitFailed, "address already in use"},
		{"--listen 127.0.0.1:0 --http off --tls-ca-out " + directory + "/no/ca.pem", exitFailed, "--tls-ca-out"},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, c.code, run(t.Context(), strings.Fields(c.arguments), &stdout, &stderr), c.arguments)
		require.Contains(t, stderr.String(), c.message)
		require.Empty(t, stdout.String())
	}
}

func TestHelpAndVersion(t *testing.T) {
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"--help"}, &stdout, &stderr))
	require.Contains(t, stderr.String(), "-profile NAME")
	require.Zero(t, run(t.Context(), []string{"--version"}, &stdout, &stderr))
	require.Contains(t, stdout.String(), "mailgauge-sink ")
}

// The README names every flag.
func TestReadmeNamesEveryFlag(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var stderr bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"--help"}, io.Discard, &stderr))
	for line := range strings.Lines(stderr.String()) {
		if name, ok := strings.CutPrefix(line, "  -"); ok {
			require.Contains(t, string(text), "`--"+strings.Fields(name)[0])
		}
	}
}
