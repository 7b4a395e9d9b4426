package xk6smtp

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWrongOptionsThrowWithTheirName(t *testing.T) {
	t.Parallel()
	vu := newVU(t, "25")
	vu.init(`const body = smtp.message({ text: "hello" })`)
	for code, want := range map[string]string{
		`new smtp.Client()`:                                                                     `Client: host: is missing`,
		`new smtp.Client("mx")`:                                                                 `Client: wants an object with options, got a string`,
		`new smtp.Client({ host: "" })`:                                                         `Client: host: is missing`,
		`new smtp.Client({ host: "mx:25" })`:                                                    `Client: host: "mx:25" holds more than a host; give the port as port`,
		`new smtp.Client({ host: "smtp://mx" })`:                                                `Client: host: "smtp://mx" is neither a host name nor an address`,
		`new smtp.Client({ host: "mx", port: 0 })`:                                              `Client: port: 0 is not between 1 and 65535`,
		`new smtp.Client({ host: "mx", port: "25" })`:                                           `Client: port: wants a whole number, got "25"`,
		`new smtp.Client({ host: "mx", tls: "ssl" })`:                                           `Client: tls: "ssl" is not one of none, opportunistic, starttls, implicit`,
		`new smtp.Client({ host: "mx", tls: true })`:                                            `Client: tls: wants a string, got a boolean`,
		`new smtp.Client({ host: "mx", ehlo: "a\r\nMAIL" })`:                                    `Client: ehlo: has a line break at octet 1`,
		`new smtp.Client({ host: "mx", chunking: 1 })`:                                          `Client: chunking: wants true or false, got a number`,
		`new smtp.Client({ host: "mx", timeout: "1s" })`:                                        `Client: timeout: is not an option; there are abort, auth, backoff, chunking, ehlo, host, maxReplySize, metrics, pipelining, port, protocol, reuse, slow, tags, timeouts, tls, tlsOptions, xclient`,
		`new smtp.Client({ host: "mx", timeouts: { data: 0 } })`:                                `Client: timeouts.data: must be above 0`,
		`new smtp.Client({ host: "mx", timeouts: { data: "soon" } })`:                           `Client: timeouts.data: "soon" is not a duration such as "250ms", "10s" or 250 (milliseconds)`,
		`new smtp.Client({ host: "mx", timeouts: { reply: 1 } })`:                               `Client: timeouts.reply: is not an option; there are command, connect, data`,
		`new smtp.Client({ host: "mx", tlsOptions: { minVersion: "1.4" } })`:                    `Client: tlsOptions.minVersion: "1.4" is not one of 1.0, 1.1, 1.2, 1.3`,
		`new smtp.Client({ host: "mx", tlsOptions: { cacerts: "none" } })`:                      `Client: tlsOptions.cacerts: holds no certificate in PEM form; read the file with open()`,
		`new smtp.Client({ host: "mx", tlsOptions: { cert: "c" } })`:                            `Client: tlsOptions.key: is missing; cert needs it`,
		`new smtp.Client({ host: "mx", tlsOptions: { minVersion: "1.3", maxVersion: "1.2" } })`: `Client: tlsOptions.minVersion: is above maxVersion`,
		`new smtp.Client({ host: "mx", auth: "user:secret" })`:                                  `Client: auth: wants an object, got a string`,
		`new smtp.Client({ host: "mx", auth: { user: "u", pass: 12345 } })`:                     `Client: auth.pass: wants a string, got a number`,
		`new smtp.Client({ host: "mx", auth: { mech: "PLAIN", user: "u" } })`:                   `Client: auth.user: and pass are both needed by PLAIN`,
		`new smtp.Client({ host: "mx", auth: { mech: "XOAUTH2", user: "u" } })`:                 `Client: auth.token: is missing; XOAUTH2 needs it`,
		`new smtp.Client({ host: "mx", abort: { after: "lunch" } })`:                            `Client: abort.after: "lunch" is not one of connecting, banner, ehlo, tls_handshaking, auth, mail, rcpt, data, sending`,
		`new smtp.Client({ host: "mx", slow: {} })`:                                             `Client: slow.bytesPerSec: is missing`,
		`new smtp.Client({ host: "mx", maxReplySize: "64 apples" })`:                            `Client: maxReplySize: "64 apples" is not a size such as 2048, "20KB" or "64KiB"`,
		`new smtp.Client({ host: "mx", reuse: { maxMessages: -1 } })`:                           `Client: reuse.maxMessages: -1 is not between 0 and 1073741824`,
		`new smtp.Client({ host: "mx", tags: { a: {} } })`:                                      `Client: tags: "a" wants a string, got an object`,
		`smtp.message({ text: 1 })`:                                                             `message: text: wants a string, got a number`,
		`smtp.message({ raw: "a", text: "b" })`:                                                 `message: text: excludes raw, which is a whole message`,
		`smtp.message({ attachments: [{ filename: "a" }] })`:                                    `message: attachments[0].content: is missing`,
		`smtp.corpus({})`: `corpus: directory: is missing, and so is messages`,
		`smtp.corpus({ messages: [{ message: {} }] })`:                   `corpus: messages[0].message: wants what message() gave`,
		`smtp.corpus({ messages: [{ message: body, weight: 0 }] })`:      `corpus: messages[0].weight: wants a number above 0, got 0`,
		`smtp.send({ from: "a@x.test", to: "b@x.test", message: body })`: `send: host: is missing`,
		`new smtp.Client({ host: "mx" }).send({})`:                       `Client.send: does not work in the init context; call it from the default function, another scenario function, setup() or teardown()`,
	} {
		assert.Equal(t, want, vu.fails(code), code)
	}
}

func TestWrongEnvelopesThrow(t *testing.T) {
	t.Parallel()
	vu := newVU(t, "25")
	vu.init(`const body = smtp.message({ text: "hello" }); const mails = smtp.corpus({ messages: [{ message: body }] }); const mx = new smtp.Client({ host: "127.0.0.1", port: PORT })`)
	vu.start()
	for code, want := range map[string]string{
		`mx.send()`: `Client.send: wants an envelope { from, to, message }, got nothing`,
		`mx.send(body, { from: "a@x.test", to: "b@x.test" })`:                          `Client.send: wants one envelope, got a message; it belongs under message: { from, to, message }`,
		`mx.send(mails, { from: "a@x.test", to: "b@x.test" })`:                         `Client.send: wants one envelope, got a corpus; it belongs under message: { from, to, message }`,
		`mx.sendBatch(2, body, { from: "a@x.test", to: "b@x.test" })`:                  `Client.sendBatch: wants one envelope, got a message; it belongs under message: { from, to, message }`,
		`mx.send({ from: "a@x.test", to: "b@x.test" })`:                                `Client.send: message: wants what message() or corpus() gave, got nothing`,
		`mx.send({ from: "a@x.test", to: "b@x.test", message: {} })`:                   `Client.send: message: wants what message() or corpus() gave, got an object of another kind`,
		`mx.send({ to: "b@x.test", message: body })`:                                   `Client.send: from: wants a string, got nothing`,
		`mx.send({ from: "a@x.test", to: [], message: body })`:                         `Client.send: to: names no recipient`,
		`mx.send({ from: "a@x.test", to: ["b@x.test", 7], message: body })`:            `Client.send: to[1]: wants a string, got a number`,
		`mx.send({ from: "a@x.test", to: "b@x.test>\r\nQUIT", message: body })`:        `Client.send: to[0]: has a line break at octet 9`,
		`mx.send({ from: "a@x.test", to: "b@x.test", message: body, dns: {} })`:        `Client.send: dns: is not an option; there are [from to message headers dsn size body smtputf8]`,
		`mx.send({ from: "a@x.test", to: "b@x.test", message: body, dsn: { ret: 1 }})`: `Client.send: dsn.ret: wants a string, got a number`,
		`mx.send({ from: "a@x.test", to: "b@x.test", message: body, body: "9BIT" })`:   `Client.send: body: "9BIT" is not one of 7BIT, 8BITMIME`,
		`mx.sendBatch(0, {})`: `Client.sendBatch: count: 0 is not a whole number from 1 to 1000000`,
		`mx.sendBatch(2, { from: "a@x.test", to: "b@x.test", message: body, window: 2 })`: `Client.sendBatch: window: needs chunking: true of the client`,
		`mx.mail()`:            `Client.mail: reversePath: wants a string, got nothing`,
		`mx.cmd("A\nB")`:       `Client.cmd: command: has a line break at octet 1`,
		`mx.data("text")`:      `Client.data: message: wants what message() gave, got a string`,
		`mx.auth({ user: 1 })`: `Client.auth: user: wants a string, got a number`,
	} {
		assert.Equal(t, want, vu.fails(code), code)
	}
}

func TestSizesAndDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1": 1, "2B": 2, "20KB": 20_000, "64KiB": 65_536, "1.5MB": 1_500_000, "1 MiB": 1 << 20, "1GB": 1e9,
	} {
		size, ok := parseSize(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, size, text)
	}
	for _, text := range []string{"", "KB", "-1", "1e400", "NaN", "1TB", "1kb"} {
		_, ok := parseSize(text)
		assert.False(t, ok, text)
	}
}
