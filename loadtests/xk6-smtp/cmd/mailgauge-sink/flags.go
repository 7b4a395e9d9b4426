package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/mailgauge/xk6-smtp/sink"
)

type options struct {
	listen       []sink.Listen
	http         string
	profile      string
	seed         uint64
	cert, key    string
	caOut        string
	auth         string
	authRequired bool
	hostname     string
	maxSize      sink.Size
	idle         time.Duration
	untilEOF     bool
	quiet        bool
	version      bool
}

const (
	defaultListen = "127.0.0.1:2526"
	defaultHTTP   = "127.0.0.1:9826"
	off           = "off"
	anyUser       = "any"
)

func parseFlags(arguments []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("mailgauge-sink", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("listen", "`ADDRESS` to take mail on, repeatable; lmtp:// and tls:// before it choose LMTP and implicit TLS,"+
		" port 0 a free port (default "+defaultListen+")", o.addListen)
	flags.StringVar(&o.http, "http", defaultHTTP, "`ADDRESS` of the metrics and the API, or off")
	flags.StringVar(&o.profile, "profile", "accept", "`NAME` of a built-in profile ("+
		strings.Join(sink.BuiltInProfiles(), ", ")+") or a YAML file")
	flags.Uint64Var(&o.seed, "seed", 1, "`NUMBER` that decides everything left to chance")
	flags.StringVar(&o.cert, "tls-cert", "", "PEM `FILE` of the certificate (default: one is made)")
	flags.StringVar(&o.key, "tls-key", "", "PEM `FILE` of its key")
	flags.StringVar(&o.caOut, "tls-ca-out", "", "`FILE` to write the authority of the made certificate to")
	flags.StringVar(&o.auth, "auth", "", "`USER:FILE` offers AUTH, the password is in the first line of the file; any lets everybody in")
	flags.BoolVar(&o.authRequired, "auth-required", false, "refuse MAIL before AUTH")
	flags.StringVar(&o.hostname, "hostname", "localhost", "`NAME` in banner and EHLO")
	flags.Func("max-size", "largest message, for example 25MB (default none)", func(text string) (err error) {
		o.maxSize, err = sink.ParseSize(text)
		return err
	})
	flags.DurationVar(&o.idle, "idle", 5*time.Minute, "`TIME` after which a silent connection is closed")
	flags.BoolVar(&o.untilEOF, "until-eof", false, "end when standard input does, for programs that start it")
	flags.BoolVar(&o.quiet, "quiet", false, "log nothing")
	flags.BoolVar(&o.version, "version", false, "print the version")
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			_, _ = fmt.Fprintln(stderr, "Usage: mailgauge-sink [flags]")
			flags.SetOutput(stderr)
			flags.PrintDefaults()
		}
		return nil, err
	}
	return o, o.check(flags.Args())
}

func (o *options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag; see --help", rest[0])
	case (o.cert == "") != (o.key == ""):
		return errors.New("--tls-cert and --tls-key belong together")
	case o.authRequired && o.auth == "":
		return errors.New("--auth-required needs --auth")
	case o.idle <= 0:
		return errors.New("--idle must be more than 0, for example 5m")
	}
	if len(o.listen) == 0 {
		return o.addListen(defaultListen)
	}
	return nil
}

func (o *options) addListen(text string) error {
	listen := sink.Listen{Address: text, Kind: sink.SMTP}
	if kind, address, ok := strings.Cut(text, "://"); ok {
		listen = sink.Listen{Address: address, Kind: sink.Kind(kind)}
	}
	if !slices.Contains([]sink.Kind{sink.SMTP, sink.LMTP, sink.TLS}, listen.Kind) || !strings.Contains(listen.Address, ":") {
		return errors.New("write for example 127.0.0.1:2526, lmtp://127.0.0.1:2424 or tls://127.0.0.1:4650")
	}
	o.listen = append(o.listen, listen)
	return nil
}

// config reads the files that the options name.
func (o *options) config() (sink.Config, error) {
	config := sink.Config{
		Listen: o.listen, HTTP: o.http, Hostname: o.hostname, Seed: o.seed, MaxSize: int64(o.maxSize), Idle: o.idle,
	}
	if o.http == off {
		config.HTTP = ""
	}
	var err error
	if config.Profile, err = readProfile(o.profile); err != nil {
		return config, err
	}
	if o.cert != "" {
		certificate, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return config, fmt.Errorf("--tls-cert: %w", err)
		}
		config.Certificate = &certificate
	}
	if o.auth != "" {
		config.Auth, err = readAuth(o.auth)
		config.Auth.Required = o.authRequired
	}
	return config, err
}

func readProfile(name string) (*sink.Profile, error) {
	if slices.Contains(sink.BuiltInProfiles(), name) {
		return sink.BuiltInProfile(name)
	}
	text, err := os.ReadFile(name) //nolint:gosec // the user's own file
	if err != nil {
		return nil, fmt.Errorf("--profile: %w; built in are %s", err, strings.Join(sink.BuiltInProfiles(), ", "))
	}
	profile, err := sink.ParseProfile(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return profile, nil
}

// readAuth takes the password from a file: in the arguments everybody on the machine could read it.
func readAuth(text string) (sink.Authentication, error) {
	if text == anyUser {
		return sink.Authentication{AcceptAny: true}, nil
	}
	user, file, ok := strings.Cut(text, ":")
	if !ok || user == "" || file == "" {
		return sink.Authentication{}, errors.New("--auth: write USER:FILE with the password in the file, or any")
	}
	content, err := os.ReadFile(file) //nolint:gosec // the user's own file
	if err != nil {
		return sink.Authentication{}, fmt.Errorf("--auth: %w", err)
	}
	password, _, _ := strings.Cut(string(content), "\n")
	password = strings.TrimSuffix(password, "\r")
	if password == "" {
		return sink.Authentication{}, fmt.Errorf("--auth: the first line of %s is empty", file)
	}
	return sink.Authentication{User: user, Password: password}, nil
}

// version is the module's, as far as the build knows it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
