package smtp

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // CRAM-MD5 is defined on it
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

// answers is a mechanism whose answers, in their order, are made from the challenges alone.
type answers []func(challenge []byte) []byte

func (a *answers) next(challenge []byte) ([]byte, error) {
	if len(*a) == 0 {
		return nil, errors.New("a challenge more than the mechanism has")
	}
	answer := (*a)[0]
	*a = (*a)[1:]
	return answer(challenge), nil
}

func (a *answers) verified() error { return nil }

func fixed(text string) func([]byte) []byte {
	return func([]byte) []byte { return []byte(text) }
}

// beginPlain is RFC 4616.
func beginPlain(a *Auth, _ string, _ int) (exchange, error) {
	if strings.ContainsRune(a.Identity+a.Username+a.Password, 0) {
		return nil, errors.New("PLAIN: user name and password must not hold NUL")
	}
	return &answers{fixed(a.Identity + "\x00" + a.Username + "\x00" + a.Password)}, nil
}

// beginLogin is draft-murchison-sasl-login: user name, then password, whatever the challenges say.
func beginLogin(a *Auth, _ string, _ int) (exchange, error) {
	return &answers{fixed(a.Username), fixed(a.Password)}, nil
}

// beginCramMD5 is RFC 2195.
func beginCramMD5(a *Auth, _ string, _ int) (exchange, error) {
	return &answers{func(challenge []byte) []byte {
		mac := hmac.New(md5.New, []byte(a.Password))
		mac.Write(challenge)
		return []byte(a.Username + " " + hex.EncodeToString(mac.Sum(nil)))
	}}, nil
}

// beginExternal is RFC 4422 appendix A: the client's certificate says who it is.
func beginExternal(a *Auth, _ string, _ int) (exchange, error) {
	identity := a.Identity
	if identity == "" {
		identity = a.Username
	}
	return &answers{fixed(identity)}, nil
}

// beginXOAuth2 is Google's XOAUTH2 protocol. A challenge after the token is the error, which an empty answer ends.
func beginXOAuth2(a *Auth, _ string, _ int) (exchange, error) {
	return &answers{fixed("user=" + a.Username + "\x01auth=Bearer " + a.Token + "\x01\x01"), fixed("")}, nil
}

// beginOAuthBearer is RFC 7628; the error is ended by a lone 0x01 (section 3.2.3).
func beginOAuthBearer(a *Auth, host string, port int) (exchange, error) {
	identity := a.Identity
	if identity == "" {
		identity = a.Username
	}
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(identity)
	first := fmt.Sprintf("n,a=%s,\x01host=%s\x01port=%d\x01auth=Bearer %s\x01\x01", name, host, port, a.Token)
	return &answers{fixed(first), fixed("\x01")}, nil
}

// scramExchange is RFC 5802 and RFC 7677.
type scramExchange struct {
	conversation *scram.ClientConversation
}

func beginScram(name string) func(*Auth, string, int) (exchange, error) {
	hash := scram.SHA256
	if name == "SCRAM-SHA-1" {
		hash = scram.SHA1
	}
	return func(a *Auth, _ string, _ int) (exchange, error) {
		client, err := hash.NewClient(a.Username, a.Password, a.Identity)
		if err != nil {
			return nil, fmt.Errorf("%s: user name or password cannot be prepared (RFC 4013)", name)
		}
		return &scramExchange{client.NewConversation()}, nil
	}
}

func (x *scramExchange) next(challenge []byte) ([]byte, error) {
	if x.conversation.Done() { // the server's signature has been checked
		return nil, nil
	}
	if err := checkIterations(string(challenge)); err != nil {
		return nil, err
	}
	answer, err := x.conversation.Step(string(challenge))
	if err != nil {
		return nil, fmt.Errorf("SCRAM: %w", err)
	}
	return []byte(answer), nil
}

// maxIterations of PBKDF2 take some tenths of a second; a server could ask for two thousand million, which nothing
// interrupts. Those in use are 4,096 to 600,000.
const maxIterations = 1_000_000

func checkIterations(challenge string) error {
	for field := range strings.SplitSeq(challenge, ",") {
		if count, ok := strings.CutPrefix(field, "i="); ok {
			if n, err := strconv.Atoi(count); err != nil || n > maxIterations {
				return fmt.Errorf("SCRAM: the server asks for %.20s iterations, at most %d are made", count, maxIterations)
			}
		}
	}
	return nil
}

// verified wants the server's signature: without it, the server did not know the password (RFC 5802 section 5).
func (x *scramExchange) verified() error {
	if !x.conversation.Valid() {
		return errors.New("SCRAM: the server claims success without proof that it knows the password")
	}
	return nil
}
