package sink

import (
	"io"
	"net"
	"testing"
	"time"
)

// FuzzSession throws octets at the command loop, plain and LMTP: it must end, and neither panic nor keep them.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nX-Mailgauge-Token: run00001-000001-00000001-0abcdefghij\r\n\r\nx\r\n.\r\nQUIT\r\n",
		"LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nBDAT 3\r\nabcBDAT 0 LAST\r\n",
		"EHLO a\r\nAUTH PLAIN AHRlc3RlcgByaWdodA==\r\nAUTH LOGIN\r\ndGVzdGVy\r\ncmlnaHQ=\r\n",
		"EHLO a\r\nAUTH SCRAM-SHA-256 biwsbj10ZXN0ZXIscj14\r\n*\r\nAUTH OAUTHBEARER bixhPXRlc3Rlcgphg=\r\n\r\n",
		"EHLO a\r\nAUTH CRAM-MD5\r\n\r\nAUTH XOAUTH2 =\r\n\r\n",
		"XCLIENT ADDR=IPV6:::1 NAME=x\r\nHELO b\r\nSTARTTLS\r\n\x16\x03\x01\x00\x00",
		"MAIL FROM:<\"\\\"\r\nRCPT TO:<>\r\nBDAT 99999999999999999999\r\nBDAT -1 LAST\r\n",
		"EHLO a\r\nMAIL FROM:<a> SIZE=1 SIZE=\r\nRCPT TO:<\">\"@x> NOTIFY=NEVER\r\nDATA\r\n\r\n.\n.\r\n.\r\r\n.\r\n",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	profile, err := ParseProfile([]byte(`
rules:
  - { phase: rcpt, match: { recipient: "*a*b*" }, reply: "450 x" }
  - { phase: accepting, match: { domain: "*.x" }, probability: 0.5, reply: "550 x" }
greylist: { delay: 1us }
limits: { recipients: 3, size: 100 }
`))
	if err != nil {
		f.Fatal(err)
	}
	server := start(f, Config{Profile: profile, Auth: Authentication{User: "tester", Password: "right"}, Idle: time.Minute})
	f.Fuzz(func(t *testing.T, input []byte, lmtp bool) {
		near, far := net.Pipe()
		c := &conn{
			server: server, counts: &server.shards[0], number: 1, rank: 1, lmtp: lmtp, tcp: far, socket: far,
			in: make([]byte, smallBuffer),
		}
		go func() { _, _ = io.Copy(io.Discard, near) }()
		go func() {
			_, _ = near.Write(input)
			_ = near.Close()
		}()
		if err := c.converse(); err == nil {
			t.Error("the session ended without a reason")
		}
		c.drop()
		_ = far.Close()
		if len(c.in) > largeBuffer {
			t.Errorf("%d octets were kept", len(c.in))
		}
	})
}

// FuzzProfile reads profiles, and makes plans of those that are good.
func FuzzProfile(f *testing.F) {
	for _, name := range BuiltInProfiles() {
		profile, err := BuiltInProfile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(profile.source)
	}
	f.Add([]byte(`{"limits":{"rate":{"messages":1,"per":"1ns"}}}`))
	f.Add([]byte("rules: [{phase: rcpt, reply: \"450\\n450 a\"}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		profile, err := ParseProfile(text)
		if (err == nil) == (profile == nil) {
			t.Fatalf("profile %v, error %v", profile, err)
		}
		if err == nil {
			newPlan(profile, 0)
		}
	})
}
