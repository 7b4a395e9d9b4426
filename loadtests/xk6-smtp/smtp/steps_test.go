package smtp

import (
	"context"
	"net"
	"strings"
	"testing"
)

func TestStepsOneByOne(t *testing.T) {
	srv := start(t, nil)
	s := NewSession(srv.config(nil))
	defer s.Close()
	var r Result
	steps := []struct {
		do    func() error
		phase Phase
		code  int
	}{
		{func() error { s.Connect(context.Background(), &net.Dialer{}, &r); return nil }, Banner, 220},
		{func() error { return s.Hello("client.example", &r) }, EHLO, 250},
		{func() error { return s.Command("VRFY postmaster", &r) }, Command, 250},
		{func() error { s.Noop(&r); return nil }, Noop, 250},
		{func() error { return s.Mail("a@b", "BODY=7BIT", &r) }, Mail, 250},
		{func() error { return s.Rcpt("c@d", "", &r) }, Rcpt, 250},
		{func() error { s.Data(message(t, MessageOptions{Text: "x"}), patch(t), &r); return nil }, Accepting, 250},
		{func() error { s.Reset(&r); return nil }, Rset, 250},
		{func() error { s.Quit(&r); return nil }, Quit, 221},
	}
	for _, step := range steps {
		if err := step.do(); err != nil || r.Phase != step.phase || r.Reply.Code != step.code || !r.OK() || r.Durations[step.phase] < 0 {
			t.Errorf("%s: %v %v %d %v", step.phase, err, r.Err, r.Reply.Code, r.Durations)
		}
	}
	if s.Connected() || !strings.Contains(srv.seen(), "EHLO client.example\nVRFY postmaster\nNOOP\nMAIL FROM:<a@b> BODY=7BIT\nRCPT TO:<c@d>\nDATA") {
		t.Errorf("connected %v: %s", s.Connected(), srv.seen())
	}
	for _, err := range []error{s.Mail("a\r\nRCPT", "", &r), s.Rcpt("a", "X\nY", &r), s.Hello("a\nb", &r), s.Command("NOOP\r\nQUIT", &r)} {
		if err == nil || !strings.Contains(err.Error(), "line break") {
			t.Errorf("an injection passed: %v", err)
		}
	}
	if s.Noop(&r); r.Err == nil || r.Err.Code != Closed {
		t.Errorf("a step without connection: %v", r.Err)
	}
}
