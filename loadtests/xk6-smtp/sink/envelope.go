package sink

import (
	"bytes"
	"net/netip"
	"strconv"
	"time"
)

const maxPath = 1024

func (c *conn) mail(arguments []byte) error {
	sender, parameters, ok := path(arguments, "FROM:")
	switch {
	case !c.greeted:
		return c.wrong(Mail, textHelloFirst)
	case c.server.config.Auth.Required && !c.authenticated:
		return c.wrong(Mail, textAuthFirst)
	case c.transaction.open:
		return c.wrong(Mail, textSequence)
	case !ok:
		return c.wrong(Mail, textSyntax)
	}
	declared, ok := declaredSize(parameters)
	if !ok {
		return c.wrong(Mail, textSyntax)
	}
	if refused, err := c.refuseMail(declared); refused || err != nil {
		return err
	}
	c.transaction.open = true
	c.transaction.sender = append(c.transaction.sender[:0], sender...)
	return c.reply(Mail, textSenderOk)
}

// refuseMail is everything that can be against a new message before its recipients are known.
func (c *conn) refuseMail(declared int64) (refused bool, err error) {
	if c.messages >= c.plan.limits.messages {
		if err := c.expand(Mail, c.plan.replies.messages); err != nil {
			return true, err
		}
		return true, errLeave
	}
	if refused, err := c.behave(Mail, nil); refused || err != nil {
		return true, err
	}
	if declared > c.plan.limits.size {
		return true, c.expand(Mail, c.plan.replies.size)
	}
	if c.plan.storageFull() {
		return true, c.expand(Mail, c.plan.replies.storageFull)
	}
	if c.plan.rate == nil {
		return false, nil
	}
	wait, granted := c.plan.rate.take(time.Now())
	if !granted {
		return true, c.expand(Mail, c.plan.replies.rate)
	}
	return false, c.pause(wait)
}

func (c *conn) rcpt(arguments []byte) error {
	recipient, _, ok := path(arguments, "TO:")
	switch {
	case !c.transaction.open:
		return c.wrong(Rcpt, textMailFirst)
	case c.transaction.chunked:
		return c.wrong(Rcpt, textSequence)
	case !ok || len(recipient) == 0:
		return c.wrong(Rcpt, textSyntax)
	case c.transaction.count >= c.plan.limits.recipients:
		return c.expand(Rcpt, c.plan.replies.recipients)
	}
	if replaced, err := c.behave(Rcpt, recipient); replaced || err != nil {
		return err
	}
	if c.plan.grey != nil && !c.plan.grey.admits(c.client, c.transaction.sender, recipient, time.Now()) {
		return c.expand(Rcpt, c.plan.replies.greylist)
	}
	c.transaction.count++
	if c.lmtp || c.plan.keepRecipients {
		c.transaction.keep(recipient)
	}
	return c.reply(Rcpt, textRecipientOk)
}

// path takes `FROM:<path> parameters` apart. A blank before the bracket is let pass, as servers do.
func path(arguments []byte, keyword string) (address, parameters []byte, ok bool) {
	if len(arguments) < len(keyword) || !bytes.EqualFold(arguments[:len(keyword)], []byte(keyword)) {
		return nil, nil, false
	}
	rest := bytes.TrimLeft(arguments[len(keyword):], " ")
	if len(rest) == 0 || rest[0] != '<' {
		return nil, nil, false
	}
	end := closing(rest)
	if end < 0 || end > maxPath || (end+1 < len(rest) && rest[end+1] != ' ') {
		return nil, nil, false
	}
	return rest[1:end], rest[end+1:], true
}

// closing finds the bracket that ends a path, which may stand in a quoted local part as well (RFC 5321 section 4.1.2).
func closing(text []byte) int {
	if end := bytes.IndexByte(text, '>'); end < 0 || bytes.IndexByte(text[:end], '"') < 0 {
		return end
	}
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && text[i] == '>':
			return i
		}
	}
	return -1
}

// declaredSize gives the SIZE parameter, 0 without one; other parameters are taken as they come.
func declaredSize(parameters []byte) (int64, bool) {
	if len(parameters) == 0 {
		return 0, true
	}
	for word := range bytes.FieldsSeq(parameters) {
		if len(word) > 5 && bytes.EqualFold(word[:5], []byte("SIZE=")) {
			n, err := strconv.ParseInt(string(word[5:]), 10, 64)
			return n, err == nil && n >= 0
		}
	}
	return 0, true
}

// xclient believes what the client says of another client (Postfix XCLIENT), and begins anew.
func (c *conn) xclient(arguments []byte) error {
	if c.transaction.open {
		return c.wrong(XClient, textSequence)
	}
	if len(arguments) == 0 {
		return c.wrong(XClient, textSyntax)
	}
	if replaced, err := c.behave(XClient, nil); replaced || err != nil {
		return err
	}
	for word := range bytes.FieldsSeq(arguments) {
		name, value, ok := bytes.Cut(word, []byte{'='})
		if !ok {
			return c.wrong(XClient, textSyntax)
		}
		if bytes.EqualFold(name, []byte("ADDR")) {
			if len(value) > 5 && bytes.EqualFold(value[:5], []byte("IPV6:")) {
				value = value[5:]
			}
			if address, err := netip.ParseAddr(string(value)); err == nil {
				c.client = address.Unmap()
			}
		}
	}
	c.greeted, c.authenticated = false, false
	return c.expand(XClient, c.plan.replies.banner)
}
