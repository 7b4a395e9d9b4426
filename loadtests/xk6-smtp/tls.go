package xk6smtp

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// tlsOptions is TlsOptions of index.d.ts, checked.
type tlsOptions struct {
	roots       *x509.CertPool // nil: the system's
	certificate *tls.Certificate
	serverName  string
	least, most uint16 // versions; 0: as k6 has it
	insecure    bool
	resume      bool
	classic     bool
}

var tlsVersions = map[string]uint16{
	"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

// sessionsKept is how many session tickets a client keeps: servers give two at once, and one is used up by each
// connection.
const sessionsKept = 8

func (t *tlsOptions) read(o *options) {
	if list := o.texts("cacerts"); len(list) > 0 {
		t.roots = x509.NewCertPool()
		for _, pem := range list {
			if !t.roots.AppendCertsFromPEM([]byte(pem)) {
				o.fail("cacerts", "holds no certificate in PEM form; read the file with open()")
			}
		}
	}
	t.readCertificate(o)
	t.serverName = o.text("serverName", "")
	t.least = readVersion(o, "minVersion")
	t.most = readVersion(o, "maxVersion")
	if t.least != 0 && t.most != 0 && t.least > t.most {
		o.fail("minVersion", "is above maxVersion")
	}
	t.insecure = o.boolean("insecureSkipVerify", false)
	t.resume = o.choice("session", "none", "resume") == "resume"
	t.classic = o.choice("keyExchange", "default", "classic") == "classic"
}

func (t *tlsOptions) readCertificate(o *options) {
	certificate, key := o.text("cert", ""), o.text("key", "")
	switch {
	case certificate == "" && key == "":
	case key == "":
		o.fail("key", "is missing; cert needs it")
	case certificate == "":
		o.fail("cert", "is missing; key needs it")
	default:
		pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
		if err != nil {
			o.fail("cert", "and key do not make a pair: %s", err)
			return
		}
		t.certificate = &pair
	}
}

func readVersion(o *options, name string) uint16 {
	if o.get(name) == nil {
		return 0
	}
	text := o.text(name, "")
	version, ok := tlsVersions[text]
	if !ok {
		o.fail(name, "%q is not one of 1.0, 1.1, 1.2, 1.3", text)
	}
	return version
}

// config starts from k6's own, so that its options tlsVersion, tlsCipherSuites, tlsAuth and insecureSkipTLSVerify hold.
func (t *tlsOptions) config(base *tls.Config) *tls.Config {
	config := &tls.Config{}
	if base != nil {
		config = base.Clone()
	}
	// k6 offers h2 and http/1.1, with which a server that knows ALPN must refuse (RFC 7301 section 3.2).
	config.NextProtos = nil
	config.ServerName = t.serverName
	config.InsecureSkipVerify = config.InsecureSkipVerify || t.insecure
	if t.roots != nil {
		config.RootCAs = t.roots
	}
	if t.certificate != nil {
		config.Certificates = []tls.Certificate{*t.certificate}
	}
	if t.least != 0 {
		config.MinVersion = t.least
	}
	if t.most != 0 {
		config.MaxVersion = t.most
	}
	if t.classic {
		config.CurvePreferences = smtp.ClassicCurves
	}
	config.ClientSessionCache = nil
	if t.resume {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(sessionsKept)
	}
	return config
}

// tlsVersionName is the version as options and tags write it, "" without TLS.
func tlsVersionName(version uint16) string {
	for name, number := range tlsVersions {
		if number == version {
			return name
		}
	}
	return ""
}
