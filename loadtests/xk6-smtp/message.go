package xk6smtp

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"

	"github.com/grafana/sobek"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// messageObject is Message of index.d.ts.
type messageObject struct {
	readOnly
	rt      *sobek.Runtime
	message *smtp.Message
}

var messageKeys = []string{"size", "name"}

func (m *messageObject) Keys() []string { return messageKeys }

func (m *messageObject) Has(key string) bool { return m.Get(key) != nil }

func (m *messageObject) Get(key string) sobek.Value {
	switch key {
	case "size":
		return m.rt.ToValue(m.message.Size())
	case "name":
		return m.rt.ToValue(m.message.Name)
	}
	return nil
}

// newMessage is message(): builds a message.
func (m *module) newMessage(call sobek.FunctionCall) sobek.Value {
	o := newOptions(m.rt, "message", call.Argument(0))
	read := readMessage(o)
	if err := o.done(); err != nil {
		m.throw(err)
	}
	built, err := m.build(read)
	if err != nil {
		m.throw(fmt.Errorf("message: %w", err))
	}
	return m.rt.NewDynamicObject(&messageObject{rt: m.rt, message: built})
}

// messageOptions is MessageOptions of index.d.ts, checked.
type messageOptions struct {
	raw   []byte // nil: from parts
	parts smtp.MessageOptions
}

func readMessage(o *options) messageOptions {
	m := messageOptions{raw: o.bytes("raw")}
	p := &m.parts
	for _, header := range o.fields("headers") {
		p.Headers = append(p.Headers, smtp.Header{Name: header.name, Value: header.value})
	}
	p.Subject, p.Text, p.HTML = o.text("subject", ""), o.text("text", ""), o.text("html", "")
	p.Attachments = readAttachments(o)
	p.Size = int(o.size("size", 0))
	if p.Size > maxMessage {
		o.fail("size", "is above %d octets", maxMessage)
	}
	p.Seed = uint64(o.integer("seed", 1, 0, 1<<53))
	p.Name = p.Subject
	if p.Name == "" {
		p.Name = "message"
	}
	if m.raw != nil {
		for _, other := range []string{"headers", "subject", "text", "html", "attachments", "size", "seed"} {
			if o.get(other) != nil {
				o.fail(other, "excludes raw, which is a whole message")
			}
		}
	}
	return m
}

// maxMessage is what one message may have; all of it is in memory.
const maxMessage = 1 << 30

func readAttachments(o *options) []smtp.Attachment {
	value := o.get("attachments")
	if value == nil {
		return nil
	}
	list, ok := value.(*sobek.Object)
	if !ok || list.ClassName() != "Array" {
		o.fail("attachments", "wants an array, got %s", kind(value))
		return nil
	}
	var attachments []smtp.Attachment
	for i, key := range list.Keys() {
		path := fmt.Sprintf("%sattachments[%d]", o.path, i)
		item := list.Get(key)
		obj, ok := item.(*sobek.Object)
		if !ok {
			o.fail(path, "wants an object, got %s", kind(item))
			return nil
		}
		a := &options{rt: o.rt, where: o.where, path: path + ".", obj: obj, first: o.first}
		attachment := smtp.Attachment{
			Filename: a.text("filename", ""), ContentType: a.text("contentType", ""), Content: a.bytes("content"),
		}
		switch {
		case attachment.Filename == "":
			a.fail("filename", "is missing")
		case a.get("content") == nil:
			a.fail("content", "is missing")
		}
		a.finish()
		attachments = append(attachments, attachment)
	}
	return attachments
}

// messages are those built in the init context. A message is not changed by sending, so that all VUs share one, however
// large it is.
var messages shared[[sha256.Size]byte, *smtp.Message]

func (m *module) build(o messageOptions) (*smtp.Message, error) {
	if m.vu.State() != nil {
		return o.build()
	}
	return messages.get(o.digest(), o.build)
}

func (o messageOptions) build() (*smtp.Message, error) {
	if o.raw != nil {
		return smtp.ParseMessage("raw", o.raw)
	}
	return smtp.NewMessage(o.parts)
}

// digest is the same for the same options only.
func (o messageOptions) digest() [sha256.Size]byte {
	h := sha256.New()
	part(h, string(o.raw))
	for _, header := range o.parts.Headers {
		part(h, header.Name)
		part(h, header.Value)
	}
	part(h, fmt.Sprint(len(o.parts.Headers), o.raw != nil, o.parts.Size, o.parts.Seed))
	part(h, o.parts.Subject)
	part(h, o.parts.Text)
	part(h, o.parts.HTML)
	for _, attachment := range o.parts.Attachments {
		part(h, attachment.Filename)
		part(h, attachment.ContentType)
		part(h, string(attachment.Content))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// part adds a text with its length before it, so that the bounds of texts count too.
func part(h hash.Hash, text string) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(text)))
	_, _ = h.Write(length[:])
	_, _ = h.Write([]byte(text))
}
