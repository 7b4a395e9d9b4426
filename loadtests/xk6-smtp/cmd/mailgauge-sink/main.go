// Command mailgauge-sink takes mail as fast as it comes, keeps none of it, and misbehaves on request.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/mailgauge/xk6-smtp/sink"
)

// Exit codes as of sysexits(3).
const (
	exitUsage  = 64
	exitFailed = 70
	exitConfig = 78
)

func main() {
	halveProcessors()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// halveProcessors leaves half of the processors to the client or relay on the same machine, unless GOMAXPROCS says
// otherwise. It is also faster: a server that seldom computes spends less time on waking threads.
func halveProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)/2))
	}
}

// run is the command from its arguments to its exit code; it ends when ctx does.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	options, err := parseFlags(arguments, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "mailgauge-sink: %s\n", err)
		return exitUsage
	case options.version:
		_, _ = fmt.Fprintln(stdout, "mailgauge-sink", version())
		return 0
	}
	config, err := options.config()
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "mailgauge-sink: %s\n", err)
		return exitConfig
	}
	server, err := sink.Start(config) //nolint:contextcheck // lives until Close
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "mailgauge-sink: %s\n", err)
		return exitFailed
	}
	started := time.Now()
	log := newLog(stderr, options.quiet)
	if err := announce(server, options, stdout); err != nil {
		_ = server.Close()
		_, _ = fmt.Fprintf(stderr, "mailgauge-sink: %s\n", err)
		return exitFailed
	}
	log("listening with the profile %s, seed %d", profileName(server), options.seed)
	if options.untilEOF {
		var cancel context.CancelFunc
		ctx, cancel = untilEOF(ctx)
		defer cancel()
	}
	<-ctx.Done()
	_ = server.Close()
	stats := server.Stats()
	log("%d connections, %d messages accepted, %d deferred, %d rejected, %d aborted, %d octets in %s",
		stats.Connections.Total, stats.Messages["accepted"], stats.Messages["deferred"], stats.Messages["rejected"],
		stats.Messages["aborted"], stats.Octets, time.Since(started).Round(time.Millisecond))
	return 0
}

// untilEOF gives a context that ends when standard input does: with the program at its other end, however that ended.
func untilEOF(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx, cancel
}

// announce tells, in one line of JSON, where it listens, for those who asked for port 0.
func announce(server *sink.Server, options *options, stdout io.Writer) error {
	if options.caOut != "" && server.CA() != nil {
		if err := os.WriteFile(options.caOut, server.CA(), 0o644); err != nil { //nolint:gosec // it is public
			return fmt.Errorf("--tls-ca-out: %w", err)
		}
	}
	err := json.NewEncoder(stdout).Encode(struct {
		Listen []sink.Listen `json:"listen"`
		HTTP   string        `json:"http,omitempty"`
		CA     string        `json:"ca,omitempty"`
	}{server.Addresses(), server.HTTP(), string(server.CA())})
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

func profileName(server *sink.Server) string {
	if name := server.Profile().Name; name != "" {
		return name
	}
	return "from the file"
}

// newLog gives a function that writes lines with the time before them, or nothing.
func newLog(to io.Writer, quiet bool) func(format string, arguments ...any) {
	var mu sync.Mutex
	return func(format string, arguments ...any) {
		if quiet {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		_, _ = fmt.Fprintf(to, "%s %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), fmt.Sprintf(format, arguments...))
	}
}
