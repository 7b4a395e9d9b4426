package smtp

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
)

func TestManyRecipientsTravelInGroups(t *testing.T) {
	var to []string
	for i := range 1203 {
		to = append(to, fmt.Sprintf("user%d@example.net", i))
	}
	for _, mode := range modes {
		srv := start(t, func(s *server) {
			s.ehlo = append(s.ehlo, mode.ehlo...)
			s.replies = map[string]string{"RCPT TO:<user700@": "550 5.1.1 no"}
		})
		s := opened(t, srv.config(mode.change))
		var r Result
		s.Send(message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{To: to}), patch(t), &r)
		if r.Outcome != Accepted || len(r.Recipients) != 1203 || r.Recipients[700].Outcome != Rejected || r.Recipients[1202].Outcome != Accepted {
			t.Errorf("%s: %v %v", mode.name, r.Outcome, r.Err)
		}
		if !strings.Contains(srv.got()[0], "To: undisclosed-recipients:;\r\n") {
			t.Errorf("%s: %q", mode.name, srv.got()[0])
		}
	}
}

func TestLMTPAnswersForEachRecipient(t *testing.T) {
	for _, mode := range modes {
		n := 0
		srv := start(t, func(s *server) {
			s.lmtp = true
			s.ehlo = append(s.ehlo, mode.ehlo...)
			s.replies = map[string]string{"RCPT TO:<x": "550 5.1.1 no"}
			s.dot = func(int) string {
				n++
				return []string{"250 2.0.0 <c@d> AbCdEfGhIj Saved", "452 4.2.2 full", "250 2.0.0 ok"}[(n-1)%3]
			}
		})
		s := opened(t, srv.config(mode.change))
		e := envelope(t, EnvelopeOptions{To: []string{"b@h", "x@h", "c@h", "d@h"}})
		all := sendAll(t, s, e, mode.batch, mode.window, 2)
		want := told{Accepted, 250, Accepting, "", "accepted 250, rejected 550, deferred 452, accepted 250"}
		if len(all) != 2 || all[0] != want || all[1] != want {
			t.Errorf("%s: %+v", mode.name, all)
		}
		if !strings.HasPrefix(srv.seen(), "LHLO localhost") {
			t.Errorf("%s: %s", mode.name, srv.seen())
		}
	}
}

func TestLMTPLostBetweenTheReplies(t *testing.T) {
	n := 0
	srv := start(t, func(s *server) {
		s.lmtp = true
		s.dot = func(int) string {
			n++
			return []string{"452 4.2.2 full", "hangup"}[(n-1)%2]
		}
	})
	s := opened(t, srv.config(nil))
	all := sendAll(t, s, envelope(t, EnvelopeOptions{To: []string{"b@h", "c@h", "d@h"}}), false, 0, 1)
	if want := (told{Uncertain, 0, Accepting, Closed, "deferred 452, uncertain 0, uncertain 0"}); all[0] != want {
		t.Errorf("%+v", all[0])
	}
}

func TestWhatTheServerDoesNotOffer(t *testing.T) {
	srv := start(t, func(s *server) { s.ehlo = nil })
	var r Result
	m, p := message(t, MessageOptions{Text: "x"}), patch(t)
	s := opened(t, srv.config(nil))
	if s.Send(m, envelope(t, EnvelopeOptions{To: []string{"jürgen@example.net"}}), p, &r); r.Err == nil || r.Err.Code != SMTPUTF8NotOffered || r.Outcome != Failed || !s.Connected() {
		t.Errorf("%v", r.Err)
	}
	s = opened(t, srv.config(func(c *Config) { c.Chunking = true }))
	if s.Send(m, envelope(t, EnvelopeOptions{}), p, &r); r.Err == nil || r.Err.Code != ChunkingNotOffered {
		t.Errorf("%v", r.Err)
	}
	r = Result{}
	if s := NewSession(srv.config(func(c *Config) { c.TLS = StartTLSRequired })); s.Open(context.Background(), &net.Dialer{}, &r) || r.Err.Code != TLSNotOffered {
		t.Errorf("%v", r.Err)
	}
}

func TestParametersOfTheEnvelope(t *testing.T) {
	raw, err := ParseMessage("x", []byte("A: b\n\n\xe4"))
	if err != nil {
		t.Fatal(err)
	}
	e := envelope(t, EnvelopeOptions{SMTPUTF8: true, Ret: "hdrs", EnvID: "a b+", Notify: "success,delay"})
	var r Result
	srv := start(t, nil)
	opened(t, srv.config(nil)).Send(raw, e, patch(t), &r)
	if want := " BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+20b+2B\nRCPT TO:<b@example.net> NOTIFY=SUCCESS,DELAY\n"; !strings.Contains(srv.seen(), want) {
		t.Errorf("%s", srv.seen())
	}
	bare := start(t, func(s *server) { s.ehlo = []string{"PIPELINING"} })
	e = envelope(t, EnvelopeOptions{Ret: "FULL", Notify: "NEVER"})
	opened(t, bare.config(nil)).Send(raw, e, patch(t), &r)
	if want := "MAIL FROM:<a@example.com>\nRCPT TO:<b@example.net>\nDATA"; !strings.Contains(bare.seen(), want) || r.Outcome != Accepted {
		t.Errorf("%s", bare.seen())
	}
}
