package smtp

import (
	"context"
	"net"
	"strconv"
	"time"
)

// connect dials, makes the handshake of implicit TLS, and reads the banner.
func (s *Session) connect(ctx context.Context, d Dialer, r *Result) bool {
	s.Close()
	s.tls, s.ext, s.messages, s.dangling = nil, extensions{}, 0, false
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeouts.Connect)
	defer cancel()
	s.mu.Lock()
	s.cancel = cancel
	s.mu.Unlock()
	r.Start = time.Now()
	conn, err := s.dial(ctx, d, r)
	s.mu.Lock()
	s.cancel = nil
	if err == nil {
		s.raw, s.done = conn, make(chan struct{})
	}
	s.mu.Unlock()
	if err != nil {
		return r.fail(err)
	}
	s.attach(conn)
	r.Phase = Connecting
	if s.cfg.AbortAfter == Connecting {
		return !s.aborts(Connecting, r)
	}
	if s.cfg.TLS == Implicit && (!s.handshake(r) || s.aborts(TLSHandshaking, r)) {
		return false
	}
	start := time.Now()
	s.wait = s.cfg.Timeouts.Command
	ok := s.receive(Banner, r, &r.Reply)
	r.add(Banner, time.Since(start))
	return ok && s.expects(2, Banner, r, &r.Reply)
}

func (s *Session) dial(ctx context.Context, d Dialer, r *Result) (net.Conn, *Error) {
	address := s.address()
	start := time.Now()
	if resolver, ok := d.(Resolver); ok && net.ParseIP(s.cfg.Host) == nil {
		resolved, err := resolve(ctx, resolver, address)
		r.add(Resolving, time.Since(start))
		if err != nil {
			return nil, dialError(Resolving, err)
		}
		address = resolved
		start = time.Now()
	}
	conn, err := d.DialContext(ctx, "tcp", address)
	r.add(Connecting, time.Since(start))
	if err != nil {
		return nil, dialError(Connecting, err)
	}
	return conn, nil
}

// resolve bounds a look-up that takes no context. Its goroutine ends when the look-up does.
func resolve(ctx context.Context, resolver Resolver, address string) (string, error) {
	type answer struct {
		address string
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		ip, port, err := resolver.ResolveAddr(address)
		answers <- answer{net.JoinHostPort(ip.String(), strconv.Itoa(port)), err}
	}()
	select {
	case a := <-answers:
		return a.address, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
