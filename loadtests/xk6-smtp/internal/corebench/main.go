// Command corebench sends messages through the wire layer alone, without k6: what is left is the cost of SMTP itself.
// It is for the project's benchmarks.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"

	"github.com/mailgauge/xk6-smtp/smtp"
)

const batchSize = 100

func main() {
	address := flag.String("addr", "", "host:port of the sink")
	mode := flag.String("mode", "pipelined", "lockstep, pipelined, cross (message behind message) or bdat (window of 10)")
	messages := flag.Int("n", 10_000, "messages in all")
	sessions := flag.Int("s", 10, "sessions at a time")
	withTLS := flag.Bool("tls", false, "implicit TLS, the certificate not verified")
	flag.Parse()
	if err := run(*address, *mode, *messages, *sessions, *withTLS); err != nil {
		fmt.Fprintln(os.Stderr, "corebench:", err)
		os.Exit(1)
	}
}

func run(address, mode string, messages, sessions int, withTLS bool) error {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("-addr: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return fmt.Errorf("-addr: %w", err)
	}
	cfg := &smtp.Config{
		Host: host, Port: port, EHLO: "bench.test", Pipelining: mode != "lockstep", Chunking: mode == "bdat",
	}
	if withTLS {
		cfg.TLS = smtp.Implicit
		// The sink of the benchmark makes a new certificate at each start, on loopback.
		cfg.TLSConfig = &tls.Config{InsecureSkipVerify: true, CurvePreferences: smtp.ClassicCurves}
	}
	message, err := smtp.NewMessage(smtp.MessageOptions{Size: 1024, Seed: 1})
	if err != nil {
		return err
	}
	failures := make(chan error, sessions)
	var group sync.WaitGroup
	for vu := range sessions {
		group.Go(func() {
			share := messages / sessions
			if err := send(cfg, message, mode, uint64(vu)+1, share); err != nil {
				failures <- err
			}
		})
	}
	group.Wait()
	close(failures)
	return <-failures
}

func send(cfg *smtp.Config, message *smtp.Message, mode string, vu uint64, count int) error {
	envelope, err := smtp.NewEnvelope(smtp.EnvelopeOptions{From: "bench@bench.test", To: []string{"seed@bench.test"}})
	if err != nil {
		return err
	}
	patch, err := smtp.NewPatch("corebnch", vu)
	if err != nil {
		return err
	}
	var result smtp.Result
	session := smtp.NewSession(cfg)
	defer session.Close()
	if !session.Open(context.Background(), &net.Dialer{}, &result) {
		return fmt.Errorf("open: %w", result.Err)
	}
	if mode == "cross" || mode == "bdat" {
		return sendBatches(session, message, envelope, patch, count, mode)
	}
	for n := range count {
		patch.Number(uint64(n) + 1)
		if !session.Send(message, envelope, patch, &result) {
			return fmt.Errorf("message %d: %s in %s: %w", n, result.Reply.Text(), result.Phase, result.Err)
		}
	}
	return nil
}

func sendBatches(
	session *smtp.Session, message *smtp.Message, envelope *smtp.Envelope, patch *smtp.Patch, count int, mode string,
) error {
	var result smtp.Result
	window, sent, accepted := 1, 0, 0
	if mode == "bdat" {
		window = 10
	}
	for sent < count {
		first := sent
		batch := &smtp.Batch{
			Count: min(batchSize, count-sent), Window: window, Envelope: envelope, Patch: patch,
			Next: func(i int) (*smtp.Message, *smtp.Error) {
				patch.Number(uint64(first + i + 1))
				return message, nil
			},
			Each: func(_ int, r *smtp.Result) {
				if r.Outcome == smtp.Accepted {
					accepted++
				}
			},
		}
		dealt := session.SendBatch(batch, &result)
		sent += dealt
		if dealt < batch.Count {
			break
		}
	}
	if accepted < count {
		return fmt.Errorf("%d of %d messages accepted", accepted, count)
	}
	return nil
}
