package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Code names what was seen on the wire in place of the reply that was expected.
type Code string

// The codes, as scripts, metrics and records use them.
const (
	DNSNXDomain        Code = "dns_nxdomain"
	DNSServFail        Code = "dns_servfail"
	DNSTimeout         Code = "dns_timeout"
	ConnectRefused     Code = "connect_refused"
	ConnectTimeout     Code = "connect_timeout"
	ConnectUnreachable Code = "connect_unreachable"
	Blocked            Code = "blocked" // by the dialer; a Dialer reports it by an *Error with this code
	Closed             Code = "closed"
	Reset              Code = "reset"
	Timeout            Code = "timeout"
	ProtocolError      Code = "protocol_error"
	LimitExceeded      Code = "limit_exceeded"
	TLSNotOffered      Code = "tls_not_offered"
	TLSRefused         Code = "tls_refused"
	TLSHandshakeFailed Code = "tls_handshake_failed"
	TLSCertificate     Code = "tls_certificate"
	TLSInjection       Code = "tls_injection"
	AuthNotOffered     Code = "auth_not_offered"
	AuthFailed         Code = "auth_failed"
	SMTPUTF8NotOffered Code = "smtputf8_not_offered"
	ChunkingNotOffered Code = "chunking_not_offered"
	MessageUnreadable  Code = "message_unreadable"
	AbortedByCaller    Code = "aborted"
	InternalError      Code = "internal_error"
)

// Error is what was seen on the wire in place of a reply that was expected. Message is for a person and holds no secret.
type Error struct {
	Code    Code
	Phase   Phase
	Message string
	Err     error // the cause; nil when there is none
}

func (e *Error) Error() string { return e.Phase.String() + ": " + string(e.Code) + ": " + e.Message }

func (e *Error) Unwrap() error { return e.Err }

// ioError classifies what a read or a write of an open connection gave.
func ioError(phase Phase, err error) *Error {
	code, message := Closed, "the server closed the connection"
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		code, message = Timeout, "no answer in time"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		code, message = Reset, "the connection was reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
	case errors.Is(err, net.ErrClosed):
		code, message = AbortedByCaller, "closed by the caller"
	default:
		code, message = ProtocolError, err.Error()
	}
	return &Error{Code: code, Phase: phase, Message: message, Err: err}
}

// dialError classifies a failed look-up or connect.
func dialError(phase Phase, err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return &Error{Code: own.Code, Phase: phase, Message: own.Message, Err: err}
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		code := DNSServFail
		switch {
		case dns.IsNotFound:
			code = DNSNXDomain
		case dns.IsTimeout:
			code = DNSTimeout
		}
		return &Error{Code: code, Phase: Resolving, Message: dns.Error(), Err: err}
	}
	code := InternalError
	switch {
	case errors.Is(err, context.Canceled):
		code = AbortedByCaller
	case errors.Is(err, syscall.ECONNREFUSED):
		code = ConnectRefused
	case errors.Is(err, syscall.ECONNRESET):
		code = Reset
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		code = ConnectTimeout
		if phase == Resolving {
			code = DNSTimeout
		}
	case isUnreachable(err):
		code = ConnectUnreachable
	case phase == Resolving:
		code = DNSServFail
	}
	return &Error{Code: code, Phase: phase, Message: err.Error(), Err: err}
}

// handshakeError classifies a failed TLS handshake.
func handshakeError(err error) *Error {
	code := TLSHandshakeFailed
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &verification), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		code = TLSCertificate
	case isTimeout(err):
		code = Timeout
	}
	return &Error{Code: code, Phase: TLSHandshaking, Message: err.Error(), Err: err}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func isUnreachable(err error) bool {
	return errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) ||
		errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.ENETDOWN)
}
