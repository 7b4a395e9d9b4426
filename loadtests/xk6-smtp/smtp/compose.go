package smtp

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// Attachment is one part beside the text.
type Attachment struct {
	Filename    string
	ContentType string // default application/octet-stream
	Content     []byte
}

// MessageOptions is what NewMessage builds a message from.
type MessageOptions struct {
	Headers     []Header // replace the defaults
	Subject     string
	Text, HTML  string
	Attachments []Attachment
	Size        int    // fills the text up until the whole message has so many octets, within one line
	Seed        uint64 // of generated text: the same seed, the same octets
	Name        string // for a person
}

// MaxMessage bounds generated messages.
const MaxMessage = 1 << 30

// NewMessage builds a message from parts. An error names the option that is wrong.
func NewMessage(o MessageOptions) (*Message, error) {
	if o.Size < 0 || o.Size > MaxMessage {
		return nil, fmt.Errorf("size: %d is not between 0 and %d octets", o.Size, MaxMessage)
	}
	header, err := o.header()
	if err != nil {
		return nil, err
	}
	m := &Message{Name: o.Name}
	if err := o.build(m, header, ""); err != nil {
		return nil, err
	}
	missing := o.Size - m.Size() - addressRoom
	if o.Size == 0 && o.Text == "" && o.HTML == "" && len(o.Attachments) == 0 {
		missing = lineWidth
	}
	if missing <= 0 {
		return m, nil
	}
	return m, o.build(m, header, string(generate(missing, o.Seed)))
}

// addressRoom is about what From and To take, which are the envelope's.
const addressRoom = 56

func (o *MessageOptions) build(m *Message, header []byte, filler string) error {
	entity, body, err := o.content(filler)
	if err != nil {
		return err
	}
	m.assemble(append(bytes.Clone(header), entity...), body, false)
	return nil
}

// header makes the fields that do not depend on the content.
func (o *MessageOptions) header() ([]byte, error) {
	headers := o.Headers
	if o.Subject != "" {
		headers = append([]Header{{"Subject", o.Subject}}, headers...)
	}
	var out []byte
	given := map[string]bool{}
	for i, h := range headers {
		place := "headers"
		if i == 0 && o.Subject != "" {
			place = "options"
		}
		if err := h.check(place); err != nil {
			return nil, err
		}
		name := strings.ToLower(h.Name)
		if name == "mime-version" || strings.HasPrefix(name, "content-") {
			return nil, fmt.Errorf("headers.%s: is made from the parts; use `raw` for a message with its own", h.Name)
		}
		given[name] = true
		out = h.append(out)
	}
	for _, h := range []Header{
		{"Subject", "Mailgauge load test"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: nobody is to answer
		{"X-Auto-Response-Suppress", "All"},
	} {
		if !given[strings.ToLower(h.Name)] {
			out = h.append(out)
		}
	}
	return append(out, "MIME-Version: 1.0\r\n"...), nil
}

// append writes a field: words that are not ASCII encoded (RFC 2047), and folded.
func (h Header) append(dst []byte) []byte {
	value := h.Value
	if !isASCII(value) {
		value = encodeWords(h.Name, value)
	}
	line := h.Name + ": " + value
	for len(line) > lineWidth+len(" ") {
		cut := strings.LastIndexAny(line[:lineWidth+1], " \t")
		if cut <= len(h.Name)+1 {
			cut = strings.IndexAny(line[lineWidth+1:], " \t")
			if cut < 0 {
				break
			}
			cut += lineWidth + 1
		}
		if strings.TrimSpace(line[cut:]) == "" {
			break
		}
		dst = append(append(dst, line[:cut]...), "\r\n"...)
		line = line[cut:] // begins with the space
		h.Name = ""
	}
	return append(append(dst, line...), "\r\n"...)
}

func encodeWords(name, value string) string {
	switch strings.ToLower(name) {
	case "from", "to", "cc", "bcc", "reply-to", "sender":
		list, err := mail.ParseAddressList(value)
		if err != nil {
			return value
		}
		parts := make([]string, len(list))
		for i, address := range list {
			parts[i] = address.String()
		}
		return strings.Join(parts, ", ")
	}
	return mime.QEncoding.Encode("utf-8", value)
}

// content makes the body and the fields that describe it: text, or multipart/alternative of text and HTML, and with
// attachments multipart/mixed around it.
func (o *MessageOptions) content(filler string) (entity, body []byte, err error) {
	text := o.Text
	if text != "" && filler != "" && !strings.HasSuffix(text, "\n") {
		text += "\r\n"
	}
	text += filler
	var main part
	switch {
	case o.HTML == "":
		main = textPart("plain", text)
	case text == "":
		main = textPart("html", o.HTML)
	default:
		main = compound("alternative", o.Seed, []part{textPart("plain", text), textPart("html", o.HTML)})
	}
	if len(o.Attachments) == 0 {
		return main.header, main.body, nil
	}
	parts := []part{main}
	for i, a := range o.Attachments {
		attached, err := a.part(fmt.Sprintf("attachments[%d]", i))
		if err != nil {
			return nil, nil, err
		}
		parts = append(parts, attached)
	}
	mixed := compound("mixed", o.Seed, parts)
	return mixed.header, mixed.body, nil
}

// part is a MIME entity (RFC 2045): fields that describe it, and its body ended by CRLF.
type part struct{ header, body []byte }

// boundaryMark cannot stand in quoted-printable or base64.
const boundaryMark = "=_mailgauge_"

func textPart(subtype, text string) part {
	plain := normalise(nil, []byte(text))
	head := "Content-Type: text/" + subtype + "; charset=utf-8\r\nContent-Transfer-Encoding: "
	if isASCII7(plain) && longestLine(plain) <= 998 && !bytes.Contains(plain, []byte(boundaryMark)) {
		return part{[]byte(head + "7bit\r\n"), plain}
	}
	var encoded bytes.Buffer
	w := quotedprintable.NewWriter(&encoded)
	_, _ = w.Write(plain) // a bytes.Buffer takes everything
	_ = w.Close()
	return part{[]byte(head + "quoted-printable\r\n"), encoded.Bytes()}
}

func compound(subtype string, seed uint64, parts []part) part {
	boundary := fmt.Sprintf("%s%s_%016x", boundaryMark, subtype, seed)
	var body []byte
	for _, p := range parts {
		body = fmt.Appendf(body, "--%s\r\n%s\r\n%s", boundary, p.header, p.body)
		if !bytes.HasSuffix(body, []byte("\r\n")) {
			body = append(body, "\r\n"...)
		}
	}
	body = fmt.Appendf(body, "--%s--\r\n", boundary)
	return part{fmt.Appendf(nil, "Content-Type: multipart/%s;\r\n\tboundary=\"%s\"\r\n", subtype, boundary), body}
}

func (a *Attachment) part(place string) (part, error) {
	if err := CheckLine(place+".filename", a.Filename); err != nil {
		return part{}, err
	}
	given := a.ContentType
	if given == "" {
		given = "application/octet-stream"
	}
	kind, parameters, err := mime.ParseMediaType(given)
	if err != nil || CheckLine("", given) != nil || !strings.Contains(kind, "/") {
		return part{}, fmt.Errorf("%s.contentType: %q is no media type such as image/png", place, given)
	}
	disposition := "attachment"
	if a.Filename != "" {
		disposition = mime.FormatMediaType(disposition, map[string]string{"filename": a.Filename})
	}
	head := fmt.Appendf(nil,
		"Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: %s\r\n",
		mime.FormatMediaType(kind, parameters), disposition)
	return part{head, base64Lines(a.Content)}, nil
}

// base64Lines encodes in lines of 76 characters (RFC 2045 section 6.8).
func base64Lines(content []byte) []byte {
	const octets = 57
	out := make([]byte, 0, (len(content)/octets+1)*78)
	for len(content) > 0 {
		n := min(octets, len(content))
		out = append(base64.StdEncoding.AppendEncode(out, content[:n]), '\r', '\n')
		content = content[n:]
	}
	return out
}

func longestLine(text []byte) int {
	longest := 0
	for line := range bytes.SplitSeq(text, []byte("\r\n")) {
		longest = max(longest, len(line))
	}
	return longest
}
