package sink

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	maxBody     = 1 << 20
	httpTimeout = 10 * time.Second
)

func (s *Server) listenHTTP() error {
	listener, err := net.Listen("tcp", s.config.HTTP) //nolint:noctx // nothing to cancel
	if err != nil {
		return fmt.Errorf("sink: listen for HTTP: %w", err)
	}
	s.httpAddr = listener.Addr().String()
	s.http = &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: httpTimeout, ReadTimeout: httpTimeout, WriteTimeout: 3 * httpTimeout,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}
	s.wait.Go(func() { _ = s.http.Serve(listener) })
	return nil
}

// Handler serves metrics and API, for those who have an HTTP server of their own.
func (s *Server) Handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{s})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /api/v1/profile", s.getProfile)
	mux.HandleFunc("PUT /api/v1/profile", s.putProfile)
	mux.HandleFunc("GET /api/v1/stats", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.Stats()) })
	mux.HandleFunc("GET /api/v1/runs/{run}", s.getRun)
	mux.HandleFunc("POST /api/v1/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		w.WriteHeader(http.StatusNoContent)
	})
	// A page in somebody's browser must not reach through to a sink on the same machine.
	return namedAsThisMachine(http.NewCrossOriginProtection().Handler(mux))
}

// namedAsThisMachine refuses what comes over the loopback interface under a name that is not of it: the name of a page,
// made to mean 127.0.0.1 (DNS rebinding), is of the same origin as the sink for a browser.
func namedAsThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
		name := r.Host
		if host, _, err := net.SplitHostPort(name); err == nil {
			name = host
		}
		_, err := netip.ParseAddr(strings.Trim(name, "[]"))
		if local != nil && local.IP.IsLoopback() && err != nil && !strings.EqualFold(name, "localhost") {
			refuse(w, http.StatusForbidden, fmt.Sprintf("host: %q is no name of this machine; use localhost or an address", name))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// getProfile gives the profile as it was written, so that it can be put back.
func (s *Server) getProfile(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(s.Profile().source)
}

func (s *Server) putProfile(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		refuse(w, http.StatusRequestEntityTooLarge, "profile: more than 1 MiB")
		return
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "profile: the body broke off")
		return
	}
	profile, err := ParseProfile(text)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	s.SetProfile(profile)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) getRun(w http.ResponseWriter, r *http.Request) {
	report, ok := s.Run(r.PathValue("run"))
	if !ok {
		refuse(w, http.StatusNotFound, fmt.Sprintf("run: no message of run %q has arrived", r.PathValue("run")))
		return
	}
	answer(w, http.StatusOK, report)
}

func answer(w http.ResponseWriter, status int, body any) {
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}

func refuse(w http.ResponseWriter, status int, reason string) {
	answer(w, status, map[string]string{"error": reason})
}
