package xk6smtp

import (
	"strconv"

	"go.k6.io/k6/v2/metrics"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// labels are the tags of this module besides host. Addresses and texts are none of them: each set of tags is a time
// series.
type labels struct {
	phase    smtp.Phase
	outcome  smtp.Outcome
	code     int
	enhanced smtp.Enhanced
	tls      uint16
	reused   bool
	message  bool // the labels of a message, which was carried by a reused session or by a new one
	err      smtp.Code
}

// maxTagSets bounds what a server with ever new codes, or a script with ever new tags, makes us keep.
const maxTagSets = 512

// tagSets builds tag sets once. A k6 tag set is compared by its address, so that the one of the VU is a key.
type tagSets struct {
	host  string
	extra []field // of the client

	root   *metrics.TagSet // of the VU
	base   *metrics.TagSet // with host and extra
	known  map[labels]*metrics.TagSet
	last   labels
	latest *metrics.TagSet
}

// begin takes the tags of the VU as they are now.
func (t *tagSets) begin(root *metrics.TagSet) {
	if root == t.root {
		return
	}
	t.root = root
	t.base = root.With("host", t.host)
	for _, tag := range t.extra {
		t.base = t.base.With(tag.name, tag.value)
	}
	t.known, t.latest = nil, nil
}

// with gives the tags of the VU and the labels.
func (t *tagSets) with(l labels) *metrics.TagSet {
	if t.latest != nil && l == t.last {
		return t.latest
	}
	set := t.known[l]
	if set == nil {
		if t.known == nil || len(t.known) >= maxTagSets {
			t.known = map[labels]*metrics.TagSet{}
		}
		set = t.build(l)
		t.known[l] = set
	}
	t.last, t.latest = l, set
	return set
}

// build adds them in a fixed order: another order would be another set. Empty ones are left out.
func (t *tagSets) build(l labels) *metrics.TagSet {
	set := t.base
	add := func(name, value string) {
		if value != "" {
			set = set.With(name, value)
		}
	}
	add("outcome", l.outcome.String())
	add("phase", l.phase.String())
	if l.code != 0 {
		add("code", strconv.Itoa(l.code))
	}
	add("enhanced_code", l.enhanced.String())
	add("error", string(l.err))
	add("tls_version", tlsVersionName(l.tls))
	if l.message {
		add("reused", strconv.FormatBool(l.reused))
	}
	return set
}
