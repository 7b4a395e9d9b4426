package smtp

import (
	"bytes"
	"net"
	"strconv"
	"testing"
)

// fast is a server that only counts what it must: it answers what lies in one read with one write.
func fast(tb testing.TB) *Config {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveFast(conn)
		}
	}()
	return &Config{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Pipelining: true}
}

func serveFast(conn net.Conn) {
	defer conn.Close()
	in := make([]byte, 0, 256<<10)
	out := []byte("220 fast\r\n")
	isData, skip := false, 0
	for {
		if _, err := conn.Write(out); err != nil {
			return
		}
		out = out[:0]
		for len(out) == 0 {
			n, err := conn.Read(in[len(in):cap(in)])
			if err != nil {
				return
			}
			in = in[:len(in)+n]
			rest := in
			for {
				drop := min(skip, len(rest))
				rest, skip = rest[drop:], skip-drop
				end := bytes.IndexByte(rest, '\n')
				if skip > 0 || end < 0 {
					break
				}
				line := rest[:end-1]
				rest = rest[end+1:]
				switch {
				case isData:
					if isData = len(line) != 1 || line[0] != '.'; !isData {
						out = append(out, "250 2.0.0 Ok: queued as 12345\r\n"...)
					}
				case line[0] == 'D':
					isData = true
					out = append(out, "354 go\r\n"...)
				case line[0] == 'E':
					out = append(out, "250-fast\r\n250-CHUNKING\r\n250-SIZE\r\n250 PIPELINING\r\n"...)
				case line[0] == 'B':
					skip, _ = strconv.Atoi(string(line[5:bytes.LastIndexByte(line, ' ')]))
					out = append(out, "250 2.0.0 Ok: queued as 12345\r\n"...)
				default:
					out = append(out, "250 2.1.0 Ok\r\n"...)
				}
			}
			in = in[:copy(in[:cap(in)], rest)]
		}
	}
}

func benchSend(b *testing.B, change func(*Config)) {
	b.Helper()
	cfg := fast(b)
	if change != nil {
		change(cfg)
	}
	s := opened(b, cfg)
	m, e, p := message(b, MessageOptions{Size: 1000}), envelope(b, EnvelopeOptions{}), patch(b)
	var r Result
	b.ReportAllocs()
	for b.Loop() {
		if !s.Send(m, e, p, &r) {
			b.Fatal(r.Err, r.Reply.Text())
		}
	}
}

func benchBatch(b *testing.B, window int, change func(*Config)) {
	b.Helper()
	cfg := fast(b)
	if change != nil {
		change(cfg)
	}
	s := opened(b, cfg)
	m, p := message(b, MessageOptions{Size: 1000}), patch(b)
	batch := &Batch{
		Count: b.N, Window: window, Envelope: envelope(b, EnvelopeOptions{}), Patch: p,
		Next: func(i int) (*Message, *Error) { p.Number(uint64(i)); return m, nil },
		Each: func(_ int, r *Result) {
			if r.Outcome != Accepted {
				b.Error(r.Err, r.Reply.Text())
			}
		},
	}
	var r Result
	b.ReportAllocs()
	b.ResetTimer()
	if s.SendBatch(batch, &r) != b.N {
		b.Fatal(r.Err)
	}
}

func chunking(c *Config) { c.Chunking = true }

func BenchmarkLockstep(b *testing.B)  { benchSend(b, func(c *Config) { c.Pipelining = false }) }
func BenchmarkPipelined(b *testing.B) { benchSend(b, nil) }
func BenchmarkBehind(b *testing.B)    { benchBatch(b, 1, nil) }
func BenchmarkBDAT(b *testing.B)      { benchSend(b, chunking) }
func BenchmarkWindow10(b *testing.B)  { benchBatch(b, 10, chunking) }

// BenchmarkTimestamp and the like would measure Go; these are our own parts.
func BenchmarkReply(b *testing.B) {
	line := []byte("250 2.0.0 Ok: queued as 4Tg1zC0Gq3z1")
	var r Reply
	for b.Loop() {
		r.reset()
		r.line(line, true)
	}
}

func TestNothingIsAllocatedForAMessage(t *testing.T) {
	for _, mode := range modes {
		cfg := fast(t)
		if mode.change != nil {
			mode.change(cfg)
		}
		s := opened(t, cfg)
		m, p := message(t, MessageOptions{Size: 1000}), patch(t)
		accepted := 0
		batch := &Batch{
			Count: 50, Window: mode.window, Envelope: envelope(t, EnvelopeOptions{}), Patch: p,
			Next: func(i int) (*Message, *Error) { p.Number(uint64(i)); return m, nil },
			Each: func(_ int, r *Result) {
				if r.Outcome == Accepted {
					accepted++
				}
			},
		}
		var r Result
		allocated := testing.AllocsPerRun(20, func() {
			if mode.batch {
				s.SendBatch(batch, &r)
				return
			}
			for range 50 {
				if s.Send(m, batch.Envelope, p, &r) {
					accepted++
				}
			}
		})
		if allocated != 0 || accepted != 21*50 {
			t.Errorf("%s: %v allocations for 50 messages, %d accepted: %v", mode.name, allocated, accepted, r.Err)
		}
	}
}
