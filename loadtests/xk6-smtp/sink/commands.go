package sink

import (
	"bytes"
	"errors"
	"strconv"
)

// The reply texts that no profile changes.
const (
	textOk           = "250 2.0.0 Ok\r\n"
	textSenderOk     = "250 2.1.0 Ok\r\n"
	textRecipientOk  = "250 2.1.5 Ok\r\n"
	textGoAhead      = "354 End data with <CR><LF>.<CR><LF>\r\n"
	textBye          = "221 2.0.0 Bye\r\n"
	textUnknown      = "500 5.5.2 Unknown command\r\n"
	textTooLong      = "500 5.5.2 Line too long\r\n"
	textSyntax       = "501 5.5.4 Syntax error in arguments\r\n"
	textSequence     = "503 5.5.1 Bad sequence of commands\r\n"
	textNoRecipients = "503 5.5.1 No valid recipients\r\n"
	textHelloFirst   = "503 5.5.1 Say EHLO first\r\n"
	textMailFirst    = "503 5.5.1 Need MAIL first\r\n"
	textAuthFirst    = "530 5.7.0 Authentication required\r\n"
	textVerify       = "252 2.5.0 Cannot VRFY, but will take the message\r\n"
	textHelp         = "214 2.0.0 EHLO MAIL RCPT DATA BDAT RSET NOOP QUIT AUTH STARTTLS XCLIENT VRFY HELP\r\n"
	textLine         = "\r\n"
)

// extensionNames are the keywords of the reply to EHLO that a profile can take out.
var extensionNames = []string{
	"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN", "ENHANCEDSTATUSCODES", "STARTTLS", "AUTH", "XCLIENT",
}

var commands = map[string]func(*conn, []byte) error{
	"EHLO": (*conn).ehlo, "LHLO": (*conn).lhlo, "HELO": (*conn).helo, "MAIL": (*conn).mail, "RCPT": (*conn).rcpt,
	"DATA": (*conn).data, "BDAT": (*conn).bdat, "RSET": (*conn).rset, "NOOP": (*conn).noop, "QUIT": (*conn).quit,
	"AUTH": (*conn).authenticate, "STARTTLS": (*conn).startTLS, "XCLIENT": (*conn).xclient, "VRFY": (*conn).vrfy,
	"HELP": (*conn).help,
}

const maxVerb = 8

// converse is the session from the banner to its end.
func (c *conn) converse() error {
	if err := c.banner(); err != nil {
		return err
	}
	for {
		line, err := c.line()
		if errors.Is(err, errTooLong) {
			err = c.wrong(Command, textTooLong)
		} else if err == nil {
			err = c.command(line)
		}
		if err != nil {
			return err
		}
	}
}

func (c *conn) banner() error {
	c.plan = c.server.plan.Load()
	if c.rank > c.plan.limits.connections {
		c.rank = 0
		c.server.shared.active.Add(-1)
		c.server.shared.refused.Add(1)
		if err := c.expand(Banner, c.plan.replies.connections); err != nil {
			return err
		}
		return errLeave
	}
	replaced, err := c.behave(Banner, nil)
	if err != nil || replaced {
		if err == nil {
			err = errLeave
		}
		return err
	}
	return c.expand(Banner, c.plan.replies.banner)
}

func (c *conn) command(line []byte) error {
	c.plan = c.server.plan.Load()
	verb, arguments, _ := bytes.Cut(line, []byte{' '})
	arguments = bytes.Trim(arguments, " \t")
	var upper [maxVerb]byte
	if len(verb) > maxVerb {
		return c.wrong(Command, textUnknown)
	}
	for i, b := range verb {
		if b >= 'a' && b <= 'z' {
			b &^= 0x20
		}
		upper[i] = b
	}
	run := commands[string(upper[:len(verb)])]
	if run == nil {
		return c.wrong(Command, textUnknown)
	}
	return run(c, arguments)
}

// answer behaves as the profile says, and else replies with text.
func (c *conn) answer(phase Phase, text string) error {
	replaced, err := c.behave(phase, nil)
	if replaced || err != nil {
		return err
	}
	return c.reply(phase, text)
}

func (c *conn) helo(name []byte) error {
	if c.lmtp {
		return c.wrong(EHLO, textUnknown)
	}
	return c.hello(name, "250 "+c.server.config.Hostname+textLine)
}

func (c *conn) ehlo(name []byte) error {
	if c.lmtp {
		return c.wrong(EHLO, textUnknown)
	}
	return c.hello(name, c.extensions())
}

func (c *conn) lhlo(name []byte) error {
	if !c.lmtp {
		return c.wrong(EHLO, textUnknown)
	}
	return c.hello(name, c.extensions())
}

func (c *conn) hello(name []byte, text string) error {
	if len(name) == 0 {
		return c.wrong(EHLO, textSyntax)
	}
	c.drop()
	replaced, err := c.behave(EHLO, nil)
	if replaced || err != nil {
		return err
	}
	c.greeted = true
	return c.reply(EHLO, text)
}

func (c *conn) extensions() string {
	text := make([]byte, 0, 256)
	text = append(text, "250-"...)
	text = append(text, c.server.config.Hostname...)
	text = append(text, textLine...)
	last := 0
	for _, name := range extensionNames {
		value := ""
		switch {
		case c.plan.without[Extension(name)] || name == "STARTTLS" && c.tls:
			continue
		case name == "SIZE" && c.plan.limits.size < 1<<62:
			value = " " + strconv.FormatInt(c.plan.limits.size, 10)
		case name == "AUTH":
			if value = c.server.auth.mechanisms(); value == "" {
				continue
			}
		case name == "XCLIENT":
			value = " NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT REVERSE_NAME"
		}
		last = len(text)
		text = append(text, "250-"+name+value+textLine...)
	}
	text[last+3] = ' '
	return string(text)
}

func (c *conn) rset([]byte) error {
	c.drop()
	return c.answer(Rset, textOk)
}

func (c *conn) noop([]byte) error { return c.answer(Noop, textOk) }

func (c *conn) vrfy([]byte) error { return c.answer(Command, textVerify) }

func (c *conn) help([]byte) error { return c.answer(Command, textHelp) }

func (c *conn) quit([]byte) error {
	if err := c.answer(Quit, textBye); err != nil {
		return err
	}
	return errQuit
}

// drop forgets the transaction; a message of which text was sent is counted as aborted.
func (c *conn) drop() {
	if c.transaction.chunked {
		c.counts.messages[aborted].Add(1)
	}
	c.transaction.reset()
}
