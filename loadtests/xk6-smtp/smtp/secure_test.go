package smtp

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"net"
	"strings"
	"testing"

	"github.com/xdg-go/scram"
)

// tlsServer offers STARTTLS and trusts nobody.
func tlsServer(t *testing.T, set func(*server)) (*server, *tls.Config) {
	t.Helper()
	config, roots := certificate(t)
	srv := start(t, func(s *server) {
		s.tls, s.ehlo = config, append(s.ehlo, "STARTTLS")
		if set != nil {
			set(s)
		}
	})
	return srv, &tls.Config{RootCAs: roots, CurvePreferences: ClassicCurves}
}

func TestTLS(t *testing.T) {
	tests := []struct {
		name    string
		mode    TLSMode
		set     func(*server)
		change  func(*tls.Config)
		code    Code
		inTLS   bool
		outcome Outcome
	}{
		{name: "starttls", mode: StartTLSRequired, inTLS: true},
		{name: "opportunistic", mode: Opportunistic, inTLS: true},
		{name: "opportunistic, not offered", mode: Opportunistic, set: func(s *server) { s.ehlo = nil }},
		{name: "opportunistic, refused", mode: Opportunistic, set: func(s *server) { s.replies["STARTTLS"] = "454 4.7.0 not now" }},
		{name: "implicit", mode: Implicit, set: func(s *server) { s.implicit = true }, inTLS: true},
		{name: "refused", mode: StartTLSRequired, set: func(s *server) { s.replies["STARTTLS"] = "454 4.7.0 not now" }, code: TLSRefused, outcome: Deferred},
		{name: "untrusted", mode: StartTLSRequired, change: func(c *tls.Config) { c.RootCAs = nil }, code: TLSCertificate, outcome: Failed},
		{name: "another name", mode: StartTLSRequired, change: func(c *tls.Config) { c.ServerName = "other.example" }, code: TLSCertificate, outcome: Failed},
		{
			name: "no common version", mode: StartTLSRequired, set: func(s *server) { s.tls.MinVersion = tls.VersionTLS13 },
			change: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, code: TLSHandshakeFailed, outcome: Failed,
		},
		{name: "implicit to a plain server", mode: Implicit, code: TLSHandshakeFailed, outcome: Failed},
		{name: "injection", mode: StartTLSRequired, set: func(s *server) { s.replies["STARTTLS"] = "220 go\r\n250 injected" }, code: TLSInjection, outcome: Failed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv, config := tlsServer(t, test.set)
			if test.change != nil {
				test.change(config)
			}
			s := NewSession(srv.config(func(c *Config) { c.TLS, c.TLSConfig = test.mode, config }))
			defer s.Close()
			var r Result
			if ok := s.Open(context.Background(), &net.Dialer{}, &r); ok != (test.code == "") {
				t.Fatalf("open %v: %v", ok, r.Err)
			}
			if test.code != "" {
				if r.Err == nil || r.Err.Code != test.code || r.Outcome != test.outcome || s.Connected() {
					t.Errorf("%v %v", r.Outcome, r.Err)
				}
				return
			}
			if (s.TLSState() != nil) != test.inTLS || (r.Durations[TLSHandshaking] >= 0) != test.inTLS {
				t.Errorf("in TLS: %v", s.TLSState())
			}
			if !s.Send(message(t, MessageOptions{Text: "x"}), envelope(t, EnvelopeOptions{}), patch(t), &r) || !s.Quit(&r) {
				t.Errorf("%v", r.Err)
			}
		})
	}
}

func TestResumption(t *testing.T) {
	srv, config := tlsServer(t, nil)
	config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	cfg := srv.config(func(c *Config) { c.TLS, c.TLSConfig = StartTLSRequired, config })
	cfg.TLSConfig.ServerName = "127.0.0.1"
	for i := range 3 {
		s := opened(t, cfg)
		if s.TLSState().DidResume != (i > 0) || s.TLSState().CurveID != tls.X25519 {
			t.Errorf("connection %d: resumed %v by %v", i, s.TLSState().DidResume, s.TLSState().CurveID)
		}
		var r Result
		s.Quit(&r)
	}
}

func TestXClientBeginsTheSessionAnew(t *testing.T) {
	srv := start(t, func(s *server) { s.ehlo = append(s.ehlo, "XCLIENT ADDR HELO") })
	opened(t, srv.config(func(c *Config) { c.XClient = []XClientAttr{{"addr", "192.0.2.7"}, {"HELO", "a b"}} }))
	if want := "EHLO localhost\nXCLIENT ADDR=192.0.2.7 HELO=a+20b\nEHLO localhost"; srv.seen() != want {
		t.Errorf("%q", srv.seen())
	}
	refusing := start(t, func(s *server) { s.replies["XCLIENT"] = "550 5.7.0 not you" })
	s := NewSession(refusing.config(func(c *Config) { c.XClient = []XClientAttr{{"ADDR", "192.0.2.7"}} }))
	var r Result
	if s.Open(context.Background(), &net.Dialer{}, &r) || r.Outcome != Rejected || r.Phase != XClient {
		t.Errorf("%v %v", r.Outcome, r.Phase)
	}
}

const (
	user = "user@example.com"
	pass = "pässword"
)

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// authServer plays the other end of each mechanism; ok is whether the credentials were right.
func authServer(t *testing.T, cheat bool) func(c *serverConn, line string) bool {
	t.Helper()
	client := func(h scram.HashGeneratorFcn) *scram.ServerConversation {
		creds, err := h.NewClient(user, pass, "")
		if err != nil {
			t.Error(err)
		}
		stored, err := creds.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt", Iters: 4096})
		if err != nil {
			t.Error(err)
		}
		if cheat {
			stored.ServerKey = []byte("another")
		}
		server, err := h.NewServer(func(string) (scram.StoredCredentials, error) { return stored, nil })
		if err != nil {
			t.Error(err)
		}
		return server.NewConversation()
	}
	ask := func(c *serverConn, challenge string) string {
		c.say("334 %s", b64(challenge))
		_ = c.w.Flush()
		line, _ := c.ReadString('\n')
		answer, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		return string(answer)
	}
	return func(c *serverConn, line string) bool {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "AUTH" {
			return false
		}
		initial := ""
		if len(words) > 2 {
			decoded, _ := base64.StdEncoding.DecodeString(words[2])
			initial = string(decoded)
		}
		var ok bool
		switch words[1] {
		case "PLAIN":
			ok = initial == "\x00"+user+"\x00"+pass
		case "LOGIN":
			ok = ask(c, "Username:") == user && ask(c, "Password:") == pass
		case "CRAM-MD5":
			mac := hmac.New(md5.New, []byte(pass))
			mac.Write([]byte("<1@x>"))
			ok = ask(c, "<1@x>") == user+" "+hex.EncodeToString(mac.Sum(nil))
		case "XOAUTH2":
			if ok = initial == "user="+user+"\x01auth=Bearer tok\x01\x01"; !ok {
				ok = ask(c, `{"status":"400"}`) != ""
			}
		case "OAUTHBEARER":
			if ok = strings.HasPrefix(initial, "n,a="+user+",\x01host=127.0.0.1\x01port=") && strings.HasSuffix(initial, "\x01auth=Bearer tok\x01\x01"); !ok {
				ok = ask(c, `{"status":"invalid_token"}`) != "\x01"
			}
		case "EXTERNAL":
			ok = words[2] == "="
		default:
			conversation := client(scram.SHA256)
			if words[1] == "SCRAM-SHA-1" {
				conversation = client(scram.SHA1)
			}
			for !conversation.Done() {
				challenge, err := conversation.Step(initial)
				if err != nil {
					break
				}
				initial = ask(c, challenge)
			}
			ok = conversation.Valid()
		}
		if ok {
			c.say("235 2.7.0 ok")
		} else {
			c.say("535 5.7.8 no")
		}
		return true
	}
}

func TestAuth(t *testing.T) {
	password := Auth{Username: user, Password: pass, AllowCleartext: true}
	token := Auth{Username: user, Token: "tok", AllowCleartext: true}
	wrong := Auth{Username: user, Password: "wrong", Token: "wrong", AllowCleartext: true}
	all := Mechanisms()
	type row struct {
		name    string
		auth    Auth
		offered []string
		used    string
		code    Code
		outcome Outcome
		cheat   bool
	}
	tests := []row{
		{"best for a password", password, all, "SCRAM-SHA-256", "", NoOutcome, false},
		{"best for a token", token, all, "OAUTHBEARER", "", NoOutcome, false},
		{"none", Auth{}, all, "EXTERNAL", "", NoOutcome, false},
		{"nothing offered", password, nil, "", AuthNotOffered, Failed, false},
		{"nothing fits", token, []string{"PLAIN"}, "", AuthNotOffered, Failed, false},
		{"in clear", Auth{Username: user, Password: pass}, []string{"PLAIN", "LOGIN"}, "", AuthNotOffered, Failed, false},
		{"in clear, but not by SCRAM", Auth{Username: user, Password: pass}, []string{"PLAIN", "SCRAM-SHA-1"}, "SCRAM-SHA-1", "", NoOutcome, false},
		{"a false server", password, []string{"SCRAM-SHA-256"}, "SCRAM-SHA-256", AuthFailed, Failed, true},
	}
	for _, name := range all {
		good, bad := password, wrong
		if name == "XOAUTH2" || name == "OAUTHBEARER" {
			good = token
		}
		good.Mechanism, bad.Mechanism = strings.ToLower(name), name
		tests = append(tests, row{name, good, all, name, "", NoOutcome, false})
		if name != "EXTERNAL" {
			tests = append(tests, row{name + ", wrong", bad, all, name, "", Rejected, false})
		}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv := start(t, func(s *server) {
				s.ehlo = append(s.ehlo, "AUTH "+strings.Join(test.offered, " "))
				s.onLine = authServer(t, test.cheat)
			})
			s := NewSession(srv.config(func(c *Config) { c.Auth = &test.auth }))
			defer s.Close()
			var r Result
			if test.auth.Mechanism == "EXTERNAL" || test.auth.Mechanism == "external" {
				test.auth.Username = ""
			}
			ok := s.Open(context.Background(), &net.Dialer{}, &r)
			code := Code("")
			if r.Err != nil {
				code = r.Err.Code
			}
			if ok != (test.outcome == NoOutcome) || r.Outcome != test.outcome || code != test.code {
				t.Errorf("%v %v %v %d", ok, r.Outcome, r.Err, r.Reply.Code)
			}
			if test.outcome == Rejected && (r.Reply.Code != 535 || r.Phase != Authenticating) {
				t.Errorf("the refusal is not kept: %s %d", r.Phase, r.Reply.Code)
			}
			if strings.Count(srv.seen(), "\nAUTH ") != min(1, len(test.used)) || !strings.Contains(srv.seen(), strings.TrimRight("AUTH "+test.used, " ")) && test.used != "" {
				t.Errorf("not %q once: %s", test.used, srv.seen())
			}
			if r.Err != nil && strings.Contains(r.Err.Error(), "wrong") {
				t.Errorf("a secret in %v", r.Err)
			}
			if (r.Durations[Authenticating] >= 0) != (test.used != "") {
				t.Errorf("time %v", r.Durations[Authenticating])
			}
		})
	}
}

// A server that asks for ever more work must not keep a virtual user busy for hours.
func TestScramIterationsAreBounded(t *testing.T) {
	for _, iterations := range []string{"2147483647", "99999999999999999999", "1000001"} {
		srv := start(t, func(s *server) {
			s.ehlo = []string{"AUTH SCRAM-SHA-256"}
			s.onLine = func(c *serverConn, line string) bool {
				words := strings.Fields(line)
				if words[0] != "AUTH" {
					return false
				}
				first, _ := base64.StdEncoding.DecodeString(words[2])
				_, nonce, _ := strings.Cut(string(first), ",r=")
				c.say("334 %s", b64("r="+nonce+"more,s="+b64("salt")+",i="+iterations))
				return true
			}
		})
		s := NewSession(srv.config(func(c *Config) { c.Auth = &Auth{Username: user, Password: pass} }))
		defer s.Close()
		var r Result
		if s.Open(context.Background(), &net.Dialer{}, &r) || r.Err == nil || r.Err.Code != AuthFailed || !strings.Contains(r.Err.Message, "iterations") {
			t.Errorf("%s: %v", iterations, r.Err)
		}
	}
}

func TestAuthOddities(t *testing.T) {
	for name, test := range map[string]struct {
		reply   string
		code    Code
		outcome Outcome
	}{
		"deferred":      {"454 4.7.0 later", "", Deferred},
		"no base64":     {"334 !!!", AuthFailed, Failed},
		"no proof":      {"235 2.7.0 ok", AuthFailed, Failed},
		"unexpected":    {"354 go", ProtocolError, Failed},
		"closed":        {"hangup", Closed, Failed},
		"not a message": {"334 " + b64("nonsense"), AuthFailed, Failed},
	} {
		srv := start(t, func(s *server) { s.ehlo, s.replies["AUTH"] = []string{"AUTH=SCRAM-SHA-256"}, test.reply })
		s := NewSession(srv.config(func(c *Config) { c.Auth = &Auth{Username: user, Password: pass} }))
		var r Result
		s.Open(context.Background(), &net.Dialer{}, &r)
		code := Code("")
		if r.Err != nil {
			code = r.Err.Code
		}
		if code != test.code || r.Outcome != test.outcome {
			t.Errorf("%s: %v %v", name, r.Outcome, r.Err)
		}
	}
}
