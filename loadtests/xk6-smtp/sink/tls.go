package sink

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// certificateLife is long enough for any test and short enough to be of no use elsewhere.
const certificateLife = 30 * 24 * time.Hour

// generateCertificate makes an authority (ECDSA P-256) and its certificate for localhost, 127.0.0.1, ::1 and the
// hostname. It gives that, and the authority as PEM. The authority's key is not kept.
func generateCertificate(hostname string) (tls.Certificate, []byte, error) {
	now := time.Now()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "Mailgauge sink test authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, MaxPathLenZero: true,
	}
	fail := func(err error) (tls.Certificate, []byte, error) {
		return tls.Certificate{}, nil, fmt.Errorf("tls: make a certificate: %w", err)
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fail(err)
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	if err != nil {
		return fail(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fail(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano() + 1), Subject: pkix.Name{CommonName: hostname},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost", hostname}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, key.Public(), authorityKey)
	if err != nil {
		return fail(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authorityDER}), nil
}

// startTLS is STARTTLS (RFC 3207). What stood behind it in the clear is thrown away: it may have been put there.
func (c *conn) startTLS(arguments []byte) error {
	switch {
	case c.tls || c.plan.without["STARTTLS"]:
		return c.wrong(StartTLS, textSequence)
	case len(arguments) > 0:
		return c.wrong(StartTLS, textSyntax)
	case c.transaction.open:
		return c.wrong(StartTLS, textSequence)
	}
	if replaced, err := c.behave(StartTLS, nil); replaced || err != nil {
		return err
	}
	if dropped := c.end - c.start; dropped > 0 {
		c.server.shared.plaintextDropped.Add(uint64(dropped))
		c.start = c.end
	}
	if err := c.reply(StartTLS, "220 2.0.0 Ready to start TLS\r\n"); err != nil {
		return err
	}
	if err := c.flush(); err != nil {
		return err
	}
	c.greeted, c.authenticated = false, false
	c.drop()
	return c.handshake()
}

func (c *conn) handshake() error {
	secure := tls.Server(c.tcp, c.server.tls)
	c.arm()
	if err := secure.HandshakeContext(context.Background()); err != nil {
		c.server.shared.handshakeErrors.Add(1)
		return fmt.Errorf("tls: %w", err)
	}
	c.socket, c.tls = secure, true
	if secure.ConnectionState().DidResume {
		c.server.shared.resumed.Add(1)
	} else {
		c.server.shared.full.Add(1)
	}
	return nil
}
