package smtp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"
)

// certificate makes an authority and a certificate of it for 127.0.0.1.
func certificate(tb testing.TB) (*tls.Config, *x509.CertPool) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}

// opened is a session ready for MAIL, closed when the test ends.
func opened(tb testing.TB, cfg *Config) *Session {
	tb.Helper()
	s := NewSession(cfg)
	tb.Cleanup(s.Close)
	var r Result
	if !s.Open(context.Background(), &net.Dialer{}, &r) {
		tb.Fatalf("open: %v %d %s", r.Err, r.Reply.Code, r.Reply.Text())
	}
	return s
}

func envelope(tb testing.TB, o EnvelopeOptions) *Envelope {
	tb.Helper()
	if o.From == "" {
		o.From = "a@example.com"
	}
	if o.To == nil {
		o.To = []string{"b@example.net"}
	}
	e, err := NewEnvelope(o)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func message(tb testing.TB, o MessageOptions) *Message {
	tb.Helper()
	m, err := NewMessage(o)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func patch(tb testing.TB) *Patch {
	tb.Helper()
	p, err := NewPatch("run00001", 7)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
