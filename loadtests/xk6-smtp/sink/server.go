// Package sink is an SMTP and LMTP server that takes messages as fast as a client can send them and keeps none. It
// misbehaves as its profile says, in the same way for the same seed, and tells by the tokens in the messages which
// arrived, how long after their sending, which twice and which never.
package sink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Kind is what a listener speaks.
type Kind string

// The kinds of listeners.
const (
	SMTP Kind = "smtp"
	LMTP Kind = "lmtp"
	// TLS is SMTP within TLS from the first octet (RFC 8314).
	TLS Kind = "tls"
)

// Listen is where to accept connections.
type Listen struct {
	// Address is host:port; port 0 takes a free one.
	Address string `json:"address"`
	Kind    Kind   `json:"kind"`
}

// Config of a sink. The zero value accepts everything on a free port of 127.0.0.1, without HTTP.
type Config struct {
	Listen []Listen
	// HTTP is the address of the metrics and the API; "" for none.
	HTTP string
	// Hostname in banner and EHLO; localhost unless given.
	Hostname string
	// Profile is how it behaves; nil accepts everything.
	Profile *Profile
	// Seed of everything that is left to chance.
	Seed uint64
	// Certificate of the server; without it one is made, and CA gives its authority.
	Certificate *tls.Certificate
	Auth        Authentication
	// MaxSize of a message in octets, 0 for no limit.
	MaxSize int64
	// Idle is how long a connection may say nothing; 5 minutes unless given.
	Idle time.Duration
}

// Server is a running sink.
type Server struct {
	config    Config
	auth      *authenticator
	tls       *tls.Config
	ca        []byte
	listeners []net.Listener
	addresses []Listen
	http      *http.Server
	httpAddr  string
	plan      atomic.Pointer[plan]
	shards    [numShards]counters
	shared    shared
	runs      *runs
	number    atomic.Uint64
	done      chan struct{}
	stop      sync.Once
	wait      sync.WaitGroup
	mu        sync.Mutex
	open      map[net.Conn]struct{}
}

const defaultIdle = 5 * time.Minute

// Start listens and serves until Close. It fails for an address that cannot be listened on.
func Start(config Config) (*Server, error) {
	if len(config.Listen) == 0 {
		config.Listen = []Listen{{Address: "127.0.0.1:0", Kind: SMTP}}
	}
	if config.Hostname == "" {
		config.Hostname = "localhost"
	}
	if config.Idle <= 0 {
		config.Idle = defaultIdle
	}
	if config.Profile == nil {
		config.Profile = &Profile{Name: "accept", source: []byte("name: accept\n")}
	}
	s := &Server{config: config, runs: newRuns(), done: make(chan struct{}), open: map[net.Conn]struct{}{}}
	s.SetProfile(config.Profile)
	var err error
	if s.auth, err = newAuthenticator(config.Auth); err != nil {
		return nil, err
	}
	if err := s.certify(); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) certify() error {
	certificate := s.config.Certificate
	if certificate == nil {
		made, ca, err := generateCertificate(s.config.Hostname)
		if err != nil {
			return err
		}
		certificate, s.ca = &made, ca
	}
	s.tls = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
	return nil
}

// listen opens all listeners before it serves the first, so that a Start that fails has accepted nothing.
func (s *Server) listen() error {
	// Keep-alive is off: the idle limit does its work, without five system calls a connection.
	opener := net.ListenConfig{KeepAlive: -1}
	for _, wanted := range s.config.Listen {
		listener, err := opener.Listen(context.Background(), "tcp", wanted.Address)
		if err != nil {
			return fmt.Errorf("sink: listen: %w", err)
		}
		s.listeners = append(s.listeners, listener)
		s.addresses = append(s.addresses, Listen{Address: listener.Addr().String(), Kind: wanted.Kind})
	}
	if s.config.HTTP != "" {
		if err := s.listenHTTP(); err != nil {
			return err
		}
	}
	for i, listener := range s.listeners {
		s.wait.Go(func() { s.accept(listener, s.config.Listen[i].Kind) })
	}
	return nil
}

// maxBackOff is how long accepting waits when it fails for want of descriptors.
const maxBackOff = 100 * time.Millisecond

func (s *Server) accept(listener net.Listener, kind Kind) {
	for {
		socket, err := listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || !s.sleep(maxBackOff) {
				return
			}
			continue
		}
		if !s.hold(socket) {
			return
		}
		number := s.number.Add(1)
		s.wait.Go(func() { s.serve(socket, kind, number) })
	}
}

// hold makes the connection known to Close, unless that has come before it.
func (s *Server) hold(socket net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.done:
		_ = socket.Close()
		return false
	default:
		s.open[socket] = struct{}{}
		return true
	}
}

func (s *Server) serve(socket net.Conn, kind Kind, number uint64) {
	c := &conn{
		rank:   s.shared.active.Add(1),
		server: s, counts: &s.shards[number%numShards], number: number, lmtp: kind == LMTP, tcp: socket, socket: socket,
		in: make([]byte, smallBuffer), out: make([]byte, 0, 512), client: addressOf(socket.RemoteAddr()),
	}
	c.arm()
	var err error
	if kind == TLS {
		s.shared.implicit.Add(1)
		err = c.handshake()
	} else {
		s.shared.plain.Add(1)
	}
	if err == nil {
		err = c.converse()
	}
	c.drop()
	if c.rank > 0 {
		s.shared.active.Add(-1)
	}
	c.leave(err)
	s.mu.Lock()
	delete(s.open, socket)
	s.mu.Unlock()
}

func addressOf(address net.Addr) netip.Addr {
	if tcp, ok := address.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// Addresses gives where it listens, with the real ports, in the order of Config.Listen.
func (s *Server) Addresses() []Listen { return s.addresses }

// Address gives the first of the Addresses.
func (s *Server) Address() string { return s.addresses[0].Address }

// HTTP gives the address of metrics and API, "" without them.
func (s *Server) HTTP() string { return s.httpAddr }

// CA gives the authority of the generated certificate as PEM, nil when the certificate was given.
func (s *Server) CA() []byte { return s.ca }

// SetProfile changes the behaviour, also of the connections there are. Greylists, rates and storage begin anew.
func (s *Server) SetProfile(profile *Profile) { s.plan.Store(newPlan(profile, s.config.MaxSize)) }

// Profile gives the one in force.
func (s *Server) Profile() *Profile { return s.plan.Load().profile }

// Run gives what arrived of a load test by its id, or false when it is none of the last 16.
func (s *Server) Run(id string) (RunReport, bool) { return s.runs.report(id) }

// Reset forgets all counts, runs and what the profile remembers; connections are numbered from 1 again, so that chance
// repeats itself.
func (s *Server) Reset() {
	s.number.Store(0)
	s.SetProfile(s.Profile())
	for i := range s.shards {
		s.shards[i].reset()
	}
	s.shared.reset()
	s.runs.reset()
}

// Close ends all connections and listeners and waits for them.
func (s *Server) Close() error {
	s.stop.Do(func() {
		s.mu.Lock()
		close(s.done)
		for socket := range s.open {
			_ = socket.Close()
		}
		s.mu.Unlock()
		for _, listener := range s.listeners {
			_ = listener.Close()
		}
		if s.http != nil {
			_ = s.http.Close()
		}
	})
	s.wait.Wait()
	return nil
}
