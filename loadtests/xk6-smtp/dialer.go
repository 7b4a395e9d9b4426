package xk6smtp

import (
	"context"
	"errors"
	"net"
	"strings"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// dialer is the VU's own, so that hosts, blacklistIPs, blockHostnames, dns, --local-ips and the count of data_sent hold
// for this module too. Its refusals get their codes.
type dialer struct{ vu lib.DialContexter }

// resolvingDialer can look names up apart from connecting.
type resolvingDialer struct {
	dialer
	resolver lib.AddrResolver
}

func newDialer(state *lib.State) smtp.Dialer {
	if resolver := state.GetAddrResolver(); resolver != nil {
		return resolvingDialer{dialer{state.Dialer}, resolver}
	}
	return dialer{state.Dialer}
}

// DialContext opens a connection.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.vu.DialContext(ctx, network, address)
	if counted, ok := conn.(*netext.Conn); ok {
		conn = transparent{counted}
	}
	return conn, classify(err)
}

// transparent is k6's connection, which counts octets, and lets the one below be seen.
type transparent struct{ *netext.Conn }

// NetConn gives the connection below.
func (t transparent) NetConn() net.Conn { return t.Conn.Conn }

// ResolveAddr looks up what stands for address.
func (d resolvingDialer) ResolveAddr(address string) (net.IP, int, error) {
	ip, port, err := d.resolver.ResolveAddr(address)
	return ip, port, classify(err)
}

func classify(err error) error {
	var (
		address netext.BlackListedIPError
		name    netext.BlockedHostError
		lookup  *net.DNSError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &address), errors.As(err, &name):
		return &smtp.Error{Code: smtp.Blocked, Message: err.Error(), Err: err}
	case !errors.As(err, &lookup) && strings.HasSuffix(err.Error(), "no such host"):
		// k6's own words for an answer without an address.
		return &smtp.Error{Code: smtp.DNSNXDomain, Message: err.Error(), Err: err}
	}
	return err
}
