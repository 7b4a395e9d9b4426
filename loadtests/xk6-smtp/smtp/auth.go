package smtp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// exchange answers the challenges of one SASL mechanism (RFC 4422).
type exchange interface {
	// next answers a challenge; the first call is for the initial response, with a nil challenge.
	next(challenge []byte) ([]byte, error)
	// verified gives the reason for which a success that the server claims is not to be believed.
	verified() error
}

// mechanism is one row of the table below.
type mechanism struct {
	name    string
	fits    func(*Auth) bool
	clear   bool // lets who listens have something to use again
	initial bool // the client speaks first (RFC 4422 section 3)
	begin   func(a *Auth, host string, port int) (exchange, error)
}

func hasPassword(a *Auth) bool { return a.Password != "" }
func hasToken(a *Auth) bool    { return a.Token != "" }
func hasNone(a *Auth) bool     { return a.Password == "" && a.Token == "" }

// mechanisms, best first: a token before a password, and what gives the server, or who poses as it, least to reuse.
var mechanisms = []mechanism{
	{"OAUTHBEARER", hasToken, true, true, beginOAuthBearer},
	{"XOAUTH2", hasToken, true, true, beginXOAuth2},
	{"SCRAM-SHA-256", hasPassword, false, true, beginScram("SCRAM-SHA-256")},
	{"SCRAM-SHA-1", hasPassword, false, true, beginScram("SCRAM-SHA-1")},
	{"CRAM-MD5", hasPassword, false, false, beginCramMD5},
	{"PLAIN", hasPassword, true, true, beginPlain},
	{"LOGIN", hasPassword, true, false, beginLogin},
	{"EXTERNAL", hasNone, false, true, beginExternal},
}

// Mechanisms are the names that Auth.Mechanism takes besides "auto".
func Mechanisms() []string {
	names := make([]string, len(mechanisms))
	for i, m := range mechanisms {
		names[i] = m.name
	}
	return names
}

// choose gives the mechanism to use, or the reason why there is none.
func (s *Session) choose(a *Auth) (*mechanism, *Error) {
	wanted := strings.ToUpper(a.Mechanism)
	if wanted == "AUTO" {
		wanted = ""
	}
	refused := ""
	for i := range mechanisms {
		m := &mechanisms[i]
		if wanted != "" && m.name != wanted || wanted == "" && !m.fits(a) || !slices.Contains(s.ext.auth, m.name) {
			continue
		}
		if m.clear && s.tls == nil && !a.AllowCleartext {
			refused = m.name
			continue
		}
		return m, nil
	}
	message := "the server offers no AUTH"
	switch {
	case refused != "":
		message = refused + " was not tried: the connection is not encrypted, and cleartext is not allowed"
	case len(s.ext.auth) > 0 && wanted != "":
		message = fmt.Sprintf("the server offers %s, not %s", strings.Join(s.ext.auth, " "), wanted)
	case len(s.ext.auth) > 0:
		message = fmt.Sprintf("the server offers %s; none fits the credentials", strings.Join(s.ext.auth, " "))
	}
	return nil, &Error{Code: AuthNotOffered, Phase: Authenticating, Message: message}
}

// authenticate makes one attempt (RFC 4954): wrong credentials are not tried again, for that may lock the account.
func (s *Session) authenticate(a *Auth, r *Result) bool {
	if s.conn == nil {
		return r.fail(&Error{Code: Closed, Phase: Authenticating, Message: "no connection is open"})
	}
	m, err := s.choose(a)
	if err != nil {
		r.Reply.reset()
		return r.fail(err)
	}
	start := time.Now()
	defer func() { r.Durations[Authenticating] = time.Since(start) }()
	x, cause := m.begin(a, s.cfg.Host, s.cfg.Port)
	var answer []byte
	if cause == nil && m.initial {
		answer, cause = x.next(nil)
	}
	if cause != nil {
		return s.authFailed(r, cause)
	}
	if !s.say(r, "AUTH "+m.name, answer, m.initial) {
		return false
	}
	return s.converse(x, r)
}

// maxRounds of challenge and answer; no mechanism needs more than four.
const maxRounds = 10

func (s *Session) converse(x exchange, r *Result) bool {
	for range maxRounds {
		if r.Reply.Code != 334 {
			break
		}
		challenge, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(r.Reply.text)))
		if err != nil {
			return s.authFailed(r, errors.New("the challenge is no base64"))
		}
		answer, err := x.next(challenge)
		if err != nil { // the server proved to be a false one, or makes no sense: RFC 4954 section 4 cancels by "*"
			s.out = append(s.out, "*\r\n"...)
			s.request(Authenticating)
			s.receive(Authenticating, r, &r.Reply)
			return s.authFailed(r, err)
		}
		if !s.say(r, "", answer, true) {
			return false
		}
	}
	if r.Reply.Code == 334 {
		return s.authFailed(r, fmt.Errorf("more than %d challenges", maxRounds))
	}
	if !s.expects(2, Authenticating, r, &r.Reply) {
		return false
	}
	if err := x.verified(); err != nil {
		return s.authFailed(r, err)
	}
	return true
}

// say sends a line of the exchange and reads the reply.
func (s *Session) say(r *Result, command string, answer []byte, withAnswer bool) bool {
	s.out = append(s.out, command...)
	if command != "" && withAnswer {
		s.out = append(s.out, ' ')
	}
	switch {
	case !withAnswer:
	case len(answer) == 0 && command != "":
		s.out = append(s.out, '=') // RFC 4954 section 4: an empty initial response
	default:
		s.out = base64.StdEncoding.AppendEncode(s.out, answer)
	}
	s.out = append(s.out, '\r', '\n')
	s.request(Authenticating)
	return s.receive(Authenticating, r, &r.Reply)
}

// authFailed ends an exchange that went against its own rules. That the server refuses the credentials is a reply.
func (s *Session) authFailed(r *Result, err error) bool {
	if r.Err != nil {
		return false
	}
	r.Reply.reset()
	return r.fail(&Error{Code: AuthFailed, Phase: Authenticating, Message: err.Error(), Err: err})
}
