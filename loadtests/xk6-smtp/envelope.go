package xk6smtp

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/grafana/sobek"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// letter is what one call sends.
type letter struct {
	envelope *smtp.Envelope
	message  *smtp.Message // nil: from the corpus
	corpus   *smtp.Corpus
	headers  []smtp.Header
	window   int
}

// next is the message of the next send.
func (l *letter) next(n *connection, vu uint64) (*smtp.Message, *smtp.Error) {
	if l.message != nil {
		return l.message, nil
	}
	return n.picker(l.corpus, vu).Next()
}

// maxEnvelopes bounds how many envelopes a client keeps. Scripts with ever new recipients pay for each of them anyway.
const maxEnvelopes = 256

// maxEnvelopeOctets bounds the addresses in them together.
const maxEnvelopeOctets = 4 << 20

// envelopeReader reads the envelope that a script passes to each send. That is nearly always the same one, in an object
// that is new each time: so its values are looked up, and an envelope is built when they are new.
type envelopeReader struct {
	rt    *sobek.Runtime
	where string // the call, for errors
	known map[string]*smtp.Envelope
	held  int // octets of the keys of known
	key   []byte
	draft draft

	lastObject *sobek.Object // of a message or corpus
	last       any
}

// draft holds the values of one envelope before they are checked.
type draft struct {
	from, to   sobek.Value
	message    sobek.Value
	headers    sobek.Value
	dsn        sobek.Value
	size       sobek.Value
	body       sobek.Value
	utf8       sobek.Value
	window     sobek.Value
	recipients []string
}

var envelopeKeys = []string{
	"from", "to", "message", "headers", "dsn", "size", "body", "smtputf8",
}

// read reads an envelope. Keys of others may stand beside its own.
func (e *envelopeReader) read(value sobek.Value, others ...string) (letter, error) {
	obj, ok := value.(*sobek.Object)
	if !ok {
		return letter{}, fmt.Errorf("%s: wants an envelope { from, to, message }, got %s", e.where, kind(value))
	}
	if err := e.collect(obj, others); err != nil {
		return letter{}, err
	}
	var l letter
	err := errors.Join(e.setMessage(&l), e.setHeaders(&l), e.setWindow(&l))
	if err != nil {
		return l, err
	}
	l.envelope, err = e.envelope()
	return l, err
}

// collect takes the values by their keys; each key is looked at once.
func (e *envelopeReader) collect(obj *sobek.Object, others []string) error {
	d := &e.draft
	*d = draft{recipients: d.recipients[:0]}
	for _, key := range obj.Keys() {
		var place *sobek.Value
		switch key {
		case "from":
			place = &d.from
		case "to":
			place = &d.to
		case "message":
			place = &d.message
		case "headers":
			place = &d.headers
		case "dsn":
			place = &d.dsn
		case "size":
			place = &d.size
		case "body":
			place = &d.body
		case "smtputf8":
			place = &d.utf8
		default:
			if !slices.Contains(others, key) {
				return e.unknown(obj, key, others)
			}
			if key != "window" {
				continue
			}
			place = &d.window
		}
		if value := obj.Get(key); !sobek.IsUndefined(value) && !sobek.IsNull(value) {
			*place = value
		}
	}
	return nil
}

// unknown says what is wrong with a key that no envelope has. In place of an envelope stands a message, most often.
func (e *envelopeReader) unknown(obj *sobek.Object, key string, others []string) error {
	const remedy = "%s: wants one envelope, got a %s; it belongs under message: { from, to, message }"
	switch obj.Export().(type) {
	case *messageObject:
		return fmt.Errorf(remedy, e.where, "message")
	case *corpusObject:
		return fmt.Errorf(remedy, e.where, "corpus")
	}
	return fmt.Errorf("%s: %s: is not an option; there are %v", e.where, key, append(slices.Clone(envelopeKeys), others...))
}

func (e *envelopeReader) setMessage(l *letter) error {
	obj, ok := e.draft.message.(*sobek.Object)
	if !ok {
		return fmt.Errorf("%s: message: wants what message() or corpus() gave, got %s", e.where, kind(e.draft.message))
	}
	if obj != e.lastObject {
		e.lastObject, e.last = obj, obj.Export()
	}
	switch source := e.last.(type) {
	case *messageObject:
		l.message = source.message
	case *corpusObject:
		l.corpus = source.corpus
	default:
		return fmt.Errorf("%s: message: wants what message() or corpus() gave, got an object of another kind", e.where)
	}
	return nil
}

func (e *envelopeReader) setHeaders(l *letter) error {
	if e.draft.headers == nil {
		return nil
	}
	list, problem := toFields(e.draft.headers)
	if problem != "" {
		return fmt.Errorf("%s: headers: %s", e.where, problem)
	}
	l.headers = make([]smtp.Header, len(list))
	for i, one := range list {
		l.headers[i] = smtp.Header{Name: one.name, Value: one.value}
	}
	return nil
}

func (e *envelopeReader) setWindow(l *letter) error {
	l.window = 1
	if e.draft.window == nil {
		return nil
	}
	const most = 1000
	number, ok := e.draft.window.Export().(int64)
	if !ok || number < 1 || number > most {
		return fmt.Errorf("%s: window: %s is not a whole number from 1 to %d", e.where, show(e.draft.window), most)
	}
	l.window = int(number)
	return nil
}

// envelope gives the one for the values, built or known. Its key holds all that the envelope is made of, each part with
// its length before it: no two envelopes have the same.
func (e *envelopeReader) envelope() (*smtp.Envelope, error) {
	d := &e.draft
	from, ok := d.from.(sobek.String)
	if !ok {
		return nil, fmt.Errorf("%s: from: wants a string, got %s", e.where, kind(d.from))
	}
	if err := e.setRecipients(); err != nil {
		return nil, err
	}
	plain := d.dsn == nil && d.size == nil && d.body == nil && d.utf8 == nil
	if !plain {
		return e.build(from.String())
	}
	e.key = appendPart(e.key[:0], from.String())
	for _, to := range d.recipients {
		e.key = appendPart(e.key, to)
	}
	if known := e.known[string(e.key)]; known != nil {
		return known, nil
	}
	built, err := e.build(from.String())
	if err != nil {
		return nil, err
	}
	if e.known == nil || len(e.known) >= maxEnvelopes || e.held+len(e.key) > maxEnvelopeOctets {
		e.known, e.held = map[string]*smtp.Envelope{}, 0
	}
	e.known[string(e.key)] = built
	e.held += len(e.key)
	return built, nil
}

func appendPart(key []byte, part string) []byte {
	key = strconv.AppendInt(key, int64(len(part)), 36)
	return append(append(key, ':'), part...)
}

func (e *envelopeReader) setRecipients() error {
	d := &e.draft
	switch to := d.to.(type) {
	case sobek.String:
		d.recipients = append(d.recipients, to.String())
		return nil
	case *sobek.Object:
		if to.ClassName() != "Array" {
			break
		}
		n := int(to.Get("length").ToInteger())
		for i := range n {
			item := to.Get(strconv.Itoa(i))
			address, ok := item.(sobek.String)
			if !ok {
				return fmt.Errorf("%s: to[%d]: wants a string, got %s", e.where, i, kind(item))
			}
			d.recipients = append(d.recipients, address.String())
		}
		if n == 0 {
			return fmt.Errorf("%s: to: names no recipient", e.where)
		}
		return nil
	}
	return fmt.Errorf("%s: to: wants an address or an array of them, got %s", e.where, kind(d.to))
}

// build makes an envelope with everything that it may have.
func (e *envelopeReader) build(from string) (*smtp.Envelope, error) {
	o := &options{rt: e.rt, where: e.where, first: new(error), obj: e.rt.NewObject()}
	for key, value := range map[string]sobek.Value{
		"dsn": e.draft.dsn, "size": e.draft.size, "body": e.draft.body, "smtputf8": e.draft.utf8,
	} {
		if value != nil {
			if err := o.obj.Set(key, value); err != nil {
				return nil, err
			}
		}
	}
	made := smtp.EnvelopeOptions{From: from, To: slices.Clone(e.draft.recipients)}
	o.object("dsn", func(d *options) {
		made.Ret = d.choice("ret", "", "FULL", "HDRS")
		made.EnvID, made.Notify = d.text("envid", ""), d.text("notify", "")
	})
	made.NoSize = !o.boolean("size", true)
	switch o.choice("body", "", "7BIT", "8BITMIME") {
	case "7BIT":
		made.Body = smtp.Body7Bit
	case "8BITMIME":
		made.Body = smtp.Body8BitMIME
	}
	made.SMTPUTF8 = o.boolean("smtputf8", false)
	if err := o.done(); err != nil {
		return nil, err
	}
	envelope, err := smtp.NewEnvelope(made)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.where, err)
	}
	return envelope, nil
}
