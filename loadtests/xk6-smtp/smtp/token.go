package smtp

import (
	"fmt"
	"time"
)

// Widths of the parts of a token "<run>-<vu>-<n>-<sent>": fixed, so that it is patched in place.
const (
	RunWidth   = 8
	vuWidth    = 6
	countWidth = 8
	sentWidth  = 11
	TokenWidth = RunWidth + 1 + vuWidth + 1 + countWidth + 1 + sentWidth
)

// NumVUs is how many VUs tokens can tell apart.
const NumVUs = 36 * 36 * 36 * 36 * 36 * 36

// TokenHeader is the field that carries the token.
const TokenHeader = "X-Mailgauge-Token" //nolint:gosec // names a field, is no secret

const base36 = "0123456789abcdefghijklmnopqrstuvwxyz"

// Patch is what differs from one send of a message to the next. It is made once for a VU and used for each send.
type Patch struct {
	token   [TokenWidth]byte
	headers []Header
	date    [dateWidth]byte
	second  int64 // for which date stands
}

// NewPatch names the run (8 characters of a-z and 0-9) and the VU, which together with the count given to Number make a
// token unique over all processes of a run.
func NewPatch(run string, vu uint64) (*Patch, error) {
	if len(run) != RunWidth {
		return nil, fmt.Errorf("run id %q: must have %d characters of a-z and 0-9", run, RunWidth)
	}
	for _, c := range []byte(run) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return nil, fmt.Errorf("run id %q: must have %d characters of a-z and 0-9", run, RunWidth)
		}
	}
	p := &Patch{second: -1}
	for i := range p.token {
		p.token[i] = '-'
	}
	copy(p.token[:], run)
	putBase36(p.token[RunWidth+1:][:vuWidth], vu)
	p.Number(0)
	p.stamp(time.Unix(0, 0))
	return p, nil
}

// Number sets the count of the next message.
func (p *Patch) Number(n uint64) { putBase36(p.token[RunWidth+vuWidth+2:][:countWidth], n) }

// SetHeaders gives fields that replace those of the message with the same name; nil: none. It refuses what NewMessage
// refuses.
func (p *Patch) SetHeaders(headers []Header) error {
	p.headers = p.headers[:0]
	for _, h := range headers {
		if err := h.check("headers"); err != nil {
			return err
		}
	}
	p.headers = append(p.headers, headers...)
	return nil
}

// stamp sets the send time of the token, and Date when another second has begun.
func (p *Patch) stamp(now time.Time) {
	putBase36(p.token[TokenWidth-sentWidth:], uint64(now.UnixMicro()))
	if second := now.Unix(); second != p.second {
		p.second = second
		now.UTC().AppendFormat(p.date[:0], dateLayout)
	}
}

// putBase36 fills dst with the lowest digits of v.
func putBase36(dst []byte, v uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = base36[v%36]
		v /= 36
	}
}
