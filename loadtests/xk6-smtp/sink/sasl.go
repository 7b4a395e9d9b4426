package sink

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // CRAM-MD5 is made of it
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/xdg-go/scram"
)

// Authentication is whom the sink lets in. The zero value offers no AUTH.
type Authentication struct {
	// User and Password that are right; a bearer token is compared with Password.
	User     string
	Password string
	// AcceptAny lets everybody in. SCRAM is not offered then, since its server has to know the password.
	AcceptAny bool
	// Required refuses MAIL before AUTH (530 5.7.0).
	Required bool
}

// authenticator has what is worked out once.
type authenticator struct {
	config Authentication
	names  []string
	scram  map[string]*scram.Server
}

// exchange takes one answer of the client and gives the next challenge; done when the outcome is known.
type exchange func(answer []byte) (challenge []byte, done, ok bool)

const scramIterations = 4096

func newAuthenticator(config Authentication) (*authenticator, error) {
	a := &authenticator{config: config, scram: map[string]*scram.Server{}}
	if !config.AcceptAny && config.User == "" {
		return a, nil
	}
	a.names = []string{"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"}
	if config.AcceptAny {
		return a, nil
	}
	for _, hash := range []struct {
		name     string
		function scram.HashGeneratorFcn
	}{{"SCRAM-SHA-1", scram.SHA1}, {"SCRAM-SHA-256", scram.SHA256}} {
		server, err := scramServer(config, hash.function)
		if err != nil {
			return nil, fmt.Errorf("auth: %s: %w", hash.name, err)
		}
		a.scram[hash.name] = server
		a.names = append(a.names, hash.name)
	}
	return a, nil
}

func scramServer(config Authentication, hash scram.HashGeneratorFcn) (*scram.Server, error) {
	client, err := hash.NewClient(config.User, config.Password, "")
	if err != nil {
		return nil, err
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	stored, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: scramIterations})
	if err != nil {
		return nil, err
	}
	return hash.NewServer(func(user string) (scram.StoredCredentials, error) {
		if user != config.User {
			return scram.StoredCredentials{}, fmt.Errorf("no user %q", user)
		}
		return stored, nil
	})
}

// mechanisms gives the value of the AUTH keyword, "" when there is nothing to offer.
func (a *authenticator) mechanisms() string {
	if len(a.names) == 0 {
		return ""
	}
	return " " + strings.Join(a.names, " ")
}

// begin gives the exchange of a mechanism and whether the client speaks first; nil for one that is not offered.
func (a *authenticator) begin(mechanism, hostname string) (next exchange, clientFirst bool) {
	if len(a.names) == 0 {
		return nil, false
	}
	switch mechanism {
	case "PLAIN":
		return a.plain, true
	case "LOGIN":
		return a.login(), false
	case "CRAM-MD5":
		return a.cram(hostname), false
	case "XOAUTH2", "OAUTHBEARER":
		return a.bearer(), true
	}
	if server := a.scram[mechanism]; server != nil {
		return scramExchange(server.NewConversation()), true
	}
	return nil, false
}

func (a *authenticator) right(user, password []byte) bool {
	return a.config.AcceptAny ||
		subtle.ConstantTimeCompare(user, []byte(a.config.User))&
			subtle.ConstantTimeCompare(password, []byte(a.config.Password)) == 1
}

func (a *authenticator) plain(answer []byte) (challenge []byte, done, ok bool) {
	parts := bytes.Split(answer, []byte{0})
	return nil, true, len(parts) == 3 && a.right(parts[1], parts[2])
}

func (a *authenticator) login() exchange {
	var user []byte
	step := 0
	return func(answer []byte) ([]byte, bool, bool) {
		step++
		switch step {
		case 1:
			return []byte("Username:"), false, false
		case 2:
			user = bytes.Clone(answer)
			return []byte("Password:"), false, false
		default:
			return nil, true, a.right(user, answer)
		}
	}
}

func (a *authenticator) cram(hostname string) exchange {
	challenge := []byte("<" + rand.Text() + "@" + hostname + ">")
	asked := false
	return func(answer []byte) ([]byte, bool, bool) {
		if !asked {
			asked = true
			return challenge, false, false
		}
		i := bytes.LastIndexByte(answer, ' ')
		if i < 0 {
			return nil, true, false
		}
		mac := hmac.New(md5.New, []byte(a.config.Password))
		mac.Write(challenge)
		digest := []byte(hex.EncodeToString(mac.Sum(nil)))
		return nil, true, a.config.AcceptAny ||
			string(answer[:i]) == a.config.User && hmac.Equal(answer[i+1:], digest)
	}
}

// bearer is both XOAUTH2 and OAUTHBEARER (RFC 7628): fields between 0x01, of which `auth` has the token. A refusal is
// a challenge with the reason, which the client has to answer before it gets the 535.
func (a *authenticator) bearer() exchange {
	refused := false
	return func(answer []byte) ([]byte, bool, bool) {
		if refused {
			return nil, true, false
		}
		for field := range bytes.SplitSeq(answer, []byte{1}) {
			if token, ok := bytes.CutPrefix(field, []byte("auth=Bearer ")); ok &&
				a.right([]byte(a.config.User), token) && a.named(answer) {
				return nil, true, true
			}
		}
		refused = true
		return []byte(`{"status":"401","schemes":"bearer"}`), false, false
	}
}

// named looks for the user: `user=u` of XOAUTH2 or `n,a=u,` of OAUTHBEARER, in which it may be absent.
func (a *authenticator) named(answer []byte) bool {
	first, _, _ := bytes.Cut(answer, []byte{1})
	user, ok := bytes.CutPrefix(first, []byte("user="))
	if !ok {
		if !bytes.HasPrefix(first, []byte("n,")) && !bytes.HasPrefix(first, []byte("y,")) {
			return false
		}
		user = bytes.TrimSuffix(bytes.TrimPrefix(first[2:], []byte("a=")), []byte{','})
		ok = len(user) > 0
	}
	return a.config.AcceptAny || !ok || string(user) == a.config.User
}

func scramExchange(conversation *scram.ServerConversation) exchange {
	return func(answer []byte) ([]byte, bool, bool) {
		if conversation.Done() { // the empty answer to the server's last message
			return nil, true, conversation.Valid()
		}
		challenge, err := conversation.Step(string(answer))
		if err != nil {
			return nil, true, false
		}
		return []byte(challenge), false, false
	}
}
