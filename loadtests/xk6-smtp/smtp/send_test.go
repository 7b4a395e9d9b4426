package smtp

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// modes are the ways a message travels.
var modes = []struct {
	name   string
	ehlo   []string
	change func(*Config)
	batch  bool
	window int
}{
	{name: "lockstep", change: func(c *Config) { c.Pipelining = false }},
	{name: "pipelined"},
	{name: "behind", batch: true},
	{name: "bdat lockstep", ehlo: []string{"CHUNKING"}, change: func(c *Config) { c.Chunking, c.Pipelining = true, false }},
	{name: "bdat", ehlo: []string{"CHUNKING"}, change: func(c *Config) { c.Chunking = true }},
	{name: "window", ehlo: []string{"CHUNKING"}, change: func(c *Config) { c.Chunking = true }, batch: true, window: 4},
}

// told is what Each was told.
type told struct {
	outcome Outcome
	code    int
	phase   Phase
	err     Code
	rcpts   string
}

func tell(r *Result) told {
	rcpts := []string{}
	for i := range r.Recipients {
		rcpts = append(rcpts, fmt.Sprintf("%s %d", r.Recipients[i].Outcome, r.Recipients[i].Reply.Code))
	}
	seen := told{r.Outcome, r.Reply.Code, r.Phase, "", strings.Join(rcpts, ", ")}
	if r.Err != nil {
		seen.err = r.Err.Code
	}
	return seen
}

// sendAll sends count messages the way of the mode, over one session, and gives what was told of each.
func sendAll(t *testing.T, s *Session, e *Envelope, batch bool, window, count int) []told {
	t.Helper()
	m, p := message(t, MessageOptions{Text: "hello\n.dot\n"}), patch(t)
	var r Result
	var all []told
	if batch {
		done := s.SendBatch(&Batch{
			Count: count, Window: window, Envelope: e, Patch: p,
			Next: func(i int) (*Message, *Error) { p.Number(uint64(i)); return m, nil },
			Each: func(_ int, r *Result) { all = append(all, tell(r)) },
		}, &r)
		if done != len(all) {
			t.Errorf("SendBatch gave %d, told of %d", done, len(all))
		}
		return all
	}
	for i := range count {
		if !s.Connected() {
			break
		}
		p.Number(uint64(i))
		s.Send(m, e, p, &r)
		all = append(all, tell(&r))
	}
	return all
}

func TestMessagesArriveWholeInEveryMode(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			srv := start(t, func(s *server) { s.ehlo = append(s.ehlo, mode.ehlo...) })
			s := opened(t, srv.config(mode.change))
			all := sendAll(t, s, envelope(t, EnvelopeOptions{To: []string{"b@example.net", "c@example.net"}}), mode.batch, mode.window, 10)
			for i, seen := range all {
				if seen != (told{Accepted, 250, Accepting, "", "accepted 250, accepted 250"}) {
					t.Errorf("message %d: %+v", i, seen)
				}
			}
			got := srv.got()
			if len(got) != 10 {
				t.Fatalf("%d messages arrived", len(got))
			}
			for i, text := range got {
				if !strings.HasSuffix(text, "\r\n\r\nhello\r\n.dot\r\n") {
					t.Errorf("body changed on the way: %q", text)
				}
				number := fmt.Sprintf(TokenHeader+": run00001-000007-%08d-", i)
				if !strings.HasPrefix(text, number) {
					t.Errorf("token: %q", text[:80])
				}
				for _, field := range []string{"From: a@example.com\r\n", "To: b@example.net,\r\n\tc@example.net\r\n", "Date: ", "Message-ID: <run00001-"} {
					if !strings.Contains(text, field) {
						t.Errorf("%q is missing in %q", field, text)
					}
				}
			}
			if s.Messages() != 10 {
				t.Errorf("the session counts %d", s.Messages())
			}
		})
	}
}

func TestSizeIsWhatTravels(t *testing.T) {
	srv := start(t, nil)
	s := opened(t, srv.config(nil))
	var r Result
	p := patch(t)
	if err := p.SetHeaders([]Header{{"X-Id", "1"}, {"Subject", "another"}}); err != nil {
		t.Fatal(err)
	}
	s.Send(message(t, MessageOptions{Text: ".a\n.b\n", Subject: "one"}), envelope(t, EnvelopeOptions{}), p, &r)
	text := srv.got()[0]
	if r.Octets != len(text) || !strings.Contains(srv.seen(), fmt.Sprintf("SIZE=%d", len(text))) {
		t.Errorf("octets %d, arrived %d: %s", r.Octets, len(text), srv.seen())
	}
	if strings.Count(text, "Subject:") != 1 || !strings.Contains(text, "Subject: another\r\n") || !strings.Contains(text, "X-Id: 1\r\n") {
		t.Errorf("headers: %q", text)
	}
	if string(r.Token) != text[tokenAt:][:TokenWidth] {
		t.Errorf("token %q", r.Token)
	}
	if r.QueueID() != "4XyZ1" {
		t.Errorf("queue id %q", r.QueueID())
	}
}

func TestTimesOfEachPhase(t *testing.T) {
	srv := start(t, nil)
	for _, pipelining := range []bool{false, true} {
		s := opened(t, srv.config(func(c *Config) { c.Pipelining = pipelining }))
		var r Result
		s.Send(message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{}), patch(t), &r)
		happened := map[Phase]bool{}
		sum := time.Duration(0)
		for phase, d := range r.Durations {
			if happened[Phase(phase)] = d != absent; d != absent {
				sum += d
			}
		}
		if happened[EnvelopePhase] != pipelining || happened[Mail] == pipelining || happened[Rcpt] == pipelining || happened[Data] == pipelining {
			t.Errorf("pipelining %v: %v", pipelining, r.Durations)
		}
		if !happened[Sending] || !happened[Accepting] || r.Message != sum || sum <= 0 {
			t.Errorf("message %v, sum of its phases %v", r.Message, sum)
		}
		if len(r.Replies) != 4 || r.Replies[3] != (Mark{Accepting, 250, Enhanced{2, 0, 0}}) || r.Reused {
			t.Errorf("replies %v, reused %v", r.Replies, r.Reused)
		}
	}
}

// refusals are replies in the middle, and what becomes of the message and of the one that follows it.
var refusals = []struct {
	name    string
	replies map[string]string
	dot     func(int) string
	want    told
}{
	{"MAIL deferred", map[string]string{"MAIL": "451 4.3.0 later"}, nil, told{Deferred, 451, Mail, "", "deferred 451, deferred 451"}},
	{"MAIL refused", map[string]string{"MAIL": "550 5.7.1 no"}, nil, told{Rejected, 550, Mail, "", "rejected 550, rejected 550"}},
	{"one RCPT", map[string]string{"RCPT TO:<b": "550 5.1.1 no"}, nil, told{Accepted, 250, Accepting, "", "rejected 550, accepted 250"}},
	{"all RCPT", map[string]string{"RCPT TO:<b": "550 5.1.1 no", "RCPT TO:<c": "450 4.2.1 later"}, nil, told{Deferred, 450, Rcpt, "", "rejected 550, deferred 450"}},
	{"dot deferred", nil, func(int) string { return "452 4.3.1 full" }, told{Deferred, 452, Accepting, "", "deferred 452, deferred 452"}},
	{"dot refused", nil, func(int) string { return "554 5.7.1 spam" }, told{Rejected, 554, Accepting, "", "rejected 554, rejected 554"}},
}

func TestRepliesInTheMiddleAreMatchedOneByOne(t *testing.T) {
	for _, mode := range modes {
		for _, refusal := range refusals {
			t.Run(mode.name+"/"+refusal.name, func(t *testing.T) {
				srv := start(t, func(s *server) { s.ehlo = append(s.ehlo, mode.ehlo...) })
				if refusal.replies != nil {
					srv.replies = refusal.replies
				}
				srv.dot = refusal.dot
				s := opened(t, srv.config(mode.change))
				all := sendAll(t, s, envelope(t, EnvelopeOptions{To: []string{"b@example.net", "c@example.net"}}), mode.batch, mode.window, 6)
				if len(all) != 6 || !s.Connected() {
					t.Fatalf("%d told, connected %v", len(all), s.Connected())
				}
				for i, seen := range all {
					if seen != refusal.want {
						t.Errorf("message %d: %+v, want %+v", i, seen, refusal.want)
					}
				}
			})
		}
	}
}

func TestRefusedDataDefersTheRecipients(t *testing.T) {
	for _, mode := range modes[:3] {
		srv := start(t, func(s *server) { s.replies = map[string]string{"DATA": "451 4.3.0 no"} })
		s := opened(t, srv.config(mode.change))
		all := sendAll(t, s, envelope(t, EnvelopeOptions{}), mode.batch, mode.window, 2)
		want := told{Deferred, 451, Data, "", "deferred 451"}
		if len(all) != 2 || all[0] != want || all[1] != want {
			t.Errorf("%s: %+v", mode.name, all)
		}
		if strings.Count(srv.seen(), "RSET") != 1 {
			t.Errorf("%s: no RSET before the second: %s", mode.name, srv.seen())
		}
	}
}

// A server may let DATA in although no recipient is left; the dot alone ends it, and no text is sent.
func TestDataWithoutRecipientsIsEndedByTheDot(t *testing.T) {
	for _, batch := range []bool{false, true} {
		srv := start(t, func(s *server) {
			s.onLine = func(c *serverConn, line string) bool {
				switch {
				case strings.HasPrefix(line, "RCPT"):
					c.say("550 5.1.1 no")
				case line == "DATA":
					c.say("354 go")
				case line == ".":
					c.say("554 5.5.1 no valid recipients")
				default:
					return false
				}
				return true
			}
		})
		s := opened(t, srv.config(nil))
		all := sendAll(t, s, envelope(t, EnvelopeOptions{}), batch, 1, 3)
		for _, seen := range all {
			if seen != (told{Rejected, 550, Rcpt, "", "rejected 550"}) {
				t.Errorf("%+v", seen)
			}
		}
		lines := strings.Split(srv.seen(), "\n")
		if len(all) != 3 || len(lines) != 1+3*4 || strings.Contains(srv.seen(), "RSET") {
			t.Errorf("%d told, conversation %q", len(all), lines)
		}
	}
}

// A server that keeps the transaction of refused recipients open answers the next MAIL of the window with 503.
func TestMessagesSpoiltByTheOneBeforeAreSentAgain(t *testing.T) {
	opens, count := false, 0
	srv := start(t, func(s *server) {
		s.ehlo = append(s.ehlo, "CHUNKING")
		s.onLine = func(c *serverConn, line string) bool {
			switch {
			case strings.HasPrefix(line, "RSET"):
				opens = false
			case strings.HasPrefix(line, "MAIL"):
				if opens {
					c.say("503 5.5.1 nested MAIL command")
					return true
				}
				opens = true
				count++
			case strings.HasPrefix(line, "RCPT") && (count == 2 || c.rcpts < 0):
				c.rcpts = -1
				c.say("550 5.1.1 no")
				return true
			case strings.HasPrefix(line, "BDAT"):
				if c.rcpts < 0 {
					c.rcpts = 0
				} else {
					opens = false
				}
			}
			return false
		}
	})
	s := opened(t, srv.config(func(c *Config) { c.Chunking = true }))
	all := sendAll(t, s, envelope(t, EnvelopeOptions{}), true, 3, 3)
	accepted, rejected := 0, 0
	for _, seen := range all {
		switch seen {
		case told{Accepted, 250, Accepting, "", "accepted 250"}:
			accepted++
		case told{Rejected, 550, Rcpt, "", "rejected 550"}:
			rejected++
		default:
			t.Errorf("%+v", seen)
		}
	}
	if accepted != 2 || rejected != 1 || len(srv.got()) != 2 {
		t.Errorf("%d accepted, %d rejected, %d arrived: %s", accepted, rejected, len(srv.got()), srv.seen())
	}
}
