package xk6smtp

import (
	"go.k6.io/k6/v2/metrics"

	"github.com/mailgauge/xk6-smtp/record"
	"github.com/mailgauge/xk6-smtp/smtp"
)

// instruments are the metrics of the module. README.md says what each of them holds.
type instruments struct {
	phases  [smtp.NumPhases]*metrics.Metric // nil: the phase has no Trend
	message *metrics.Metric
	session *metrics.Metric

	sessions, messages, recipients, replies, errors *metrics.Metric
	failed, deferred, reused                        *metrics.Metric
}

// timedPhases are those that have a Trend; its name is smtp_ and that of the phase.
var timedPhases = []smtp.Phase{
	smtp.Resolving, smtp.Connecting, smtp.Banner, smtp.EHLO, smtp.TLSHandshaking, smtp.Authenticating,
	smtp.Mail, smtp.Rcpt, smtp.Data, smtp.EnvelopePhase, smtp.Sending, smtp.Accepting,
}

// recordPhases are the same phases in the record.
var recordPhases = [smtp.NumPhases]record.Phase{
	smtp.Resolving: record.Resolving, smtp.Connecting: record.Connecting, smtp.Banner: record.Banner,
	smtp.EHLO: record.EHLO, smtp.TLSHandshaking: record.TLSHandshaking, smtp.Authenticating: record.Auth,
	smtp.Mail: record.Mail, smtp.Rcpt: record.Rcpt, smtp.Data: record.Data, smtp.EnvelopePhase: record.Envelope,
	smtp.Sending: record.Sending, smtp.Accepting: record.Accepting,
}

// recordOutcomes are the outcomes in the record.
var recordOutcomes = [smtp.NumOutcomes]record.Outcome{
	smtp.Accepted: record.Accepted, smtp.Deferred: record.Deferred, smtp.Rejected: record.Rejected,
	smtp.Uncertain: record.Uncertain, smtp.Failed: record.Failed, smtp.Aborted: record.Aborted,
}

// registerMetrics names the metrics; k6 gives the same ones to all VUs.
func registerMetrics(registry *metrics.Registry) (*instruments, error) {
	var (
		m     instruments
		first error
	)
	add := func(name string, kind metrics.MetricType, contains ...metrics.ValueType) *metrics.Metric {
		metric, err := registry.NewMetric("smtp_"+name, kind, contains...)
		if err != nil && first == nil {
			first = err
		}
		return metric
	}
	for _, phase := range timedPhases {
		m.phases[phase] = add(phase.String(), metrics.Trend, metrics.Time)
	}
	m.message = add("message_duration", metrics.Trend, metrics.Time)
	m.session = add("session_duration", metrics.Trend, metrics.Time)
	m.sessions = add("sessions", metrics.Counter)
	m.messages = add("messages", metrics.Counter)
	m.recipients = add("recipients", metrics.Counter)
	m.replies = add("replies", metrics.Counter)
	m.errors = add("errors", metrics.Counter)
	m.failed = add("message_failed", metrics.Rate)
	m.deferred = add("message_deferred", metrics.Rate)
	m.reused = add("session_reused", metrics.Rate)
	return &m, first
}
