package sink

import (
	"bytes"
	"encoding/base64"
	"strings"
)

const (
	textAuthenticated = "235 2.7.0 Authentication successful\r\n"
	textAuthFailed    = "535 5.7.8 Authentication credentials invalid\r\n"
	textMechanism     = "504 5.5.4 Authentication mechanism not offered\r\n"
	textCancelled     = "501 5.7.0 Authentication cancelled\r\n"
	textBase64        = "501 5.5.2 Cannot decode the answer\r\n"
)

// authenticate is AUTH (RFC 4954).
func (c *conn) authenticate(arguments []byte) error {
	switch {
	case !c.greeted:
		return c.wrong(Auth, textHelloFirst)
	case c.authenticated || c.transaction.open:
		return c.wrong(Auth, textSequence)
	}
	name, initial, given := bytes.Cut(arguments, []byte{' '})
	next, clientFirst := c.server.auth.begin(strings.ToUpper(string(name)), c.server.config.Hostname)
	if next == nil || c.plan.without["AUTH"] {
		return c.wrong(Auth, textMechanism)
	}
	var answer []byte
	switch {
	case given:
		decoded, ok := decode(initial)
		if !ok {
			return c.wrong(Auth, textBase64)
		}
		answer = decoded
		if !clientFirst { // LOGIN with the user in the first line: the challenge for it is passed over
			_, _, _ = next(nil)
		}
	case clientFirst:
		decoded, refusal, err := c.challenge(nil)
		if err != nil || refusal != "" {
			return c.refusedAuth(refusal, err)
		}
		answer = decoded
	}
	return c.exchange(next, answer)
}

// maxExchange bounds the challenges; no mechanism here has more than three.
const maxExchange = 8

func (c *conn) exchange(next exchange, answer []byte) error {
	for range maxExchange {
		challenge, done, ok := next(answer)
		if done {
			return c.authenticatedBy(ok)
		}
		decoded, refusal, err := c.challenge(challenge)
		if err != nil || refusal != "" {
			return c.refusedAuth(refusal, err)
		}
		answer = decoded
	}
	return c.authenticatedBy(false)
}

func (c *conn) authenticatedBy(ok bool) error {
	if replaced, err := c.behave(Auth, nil); replaced || err != nil {
		return err
	}
	if !ok {
		return c.wrong(Auth, textAuthFailed)
	}
	c.authenticated = true
	return c.reply(Auth, textAuthenticated)
}

// challenge sends a 334 and gives the answer, or the refusal of one that cannot be used.
func (c *conn) challenge(text []byte) (answer []byte, refusal string, err error) {
	if err := c.reply(Auth, "334 "+base64.StdEncoding.EncodeToString(text)+textLine); err != nil {
		return nil, "", err
	}
	line, err := c.line()
	if err != nil {
		return nil, "", err
	}
	if string(line) == "*" {
		return nil, textCancelled, nil
	}
	answer, ok := decode(line)
	if !ok {
		return nil, textBase64, nil
	}
	return answer, "", nil
}

func (c *conn) refusedAuth(refusal string, err error) error {
	if err != nil {
		return err
	}
	return c.wrong(Auth, refusal)
}

// decode reads base64; `=` stands for the empty answer (RFC 4954 section 4).
func decode(text []byte) ([]byte, bool) {
	if string(text) == "=" {
		return nil, true
	}
	decoded, err := base64.StdEncoding.DecodeString(string(text))
	return decoded, err == nil
}
