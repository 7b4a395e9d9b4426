package sink

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/mailgauge/xk6-smtp/record/histogram"
)

var (
	descConnections = describe("connections_total", "Connections accepted, by whether they began with TLS.", "tls")
	descActive      = describe("active_connections", "Connections that are open.")
	descRefused     = describe("connections_refused_total", "Connections above the profile's limit.")
	descHandshakes  = describe("tls_handshakes_total", "TLS handshakes, STARTTLS and implicit.", "resumed")
	descTLSErrors   = describe("tls_handshake_errors_total", "TLS handshakes that failed.")
	descDropped     = describe("plaintext_dropped_bytes_total", "Octets thrown away that stood behind STARTTLS in the clear.")
	descMessages    = describe("messages_total", "Messages whose text was sent, by what became of them.", "outcome")
	descRecipients  = describe("recipients_total", "Recipients of accepted messages.")
	descReplies     = describe("replies_total", "Replies.", "phase", "code")
	descOctets      = describe("bytes_total", "Octets of the text of messages.")
	descTransit     = describe("transit_seconds", "Time from the sending of a message, by its token, to its arrival.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mailgauge_sink_"+name, help, labels, nil)
}

// collector reads the counters at a scrape; between scrapes metrics cost nothing.
type collector struct{ server *Server }

func (c collector) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, to) }

func (c collector) Collect(to chan<- prometheus.Metric) {
	count := func(desc *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	shared := &c.server.shared
	count(descConnections, shared.plain.Load(), "false")
	count(descConnections, shared.implicit.Load(), "true")
	count(descRefused, shared.refused.Load())
	count(descHandshakes, shared.full.Load(), "false")
	count(descHandshakes, shared.resumed.Load(), "true")
	count(descTLSErrors, shared.handshakeErrors.Load())
	count(descDropped, shared.plaintextDropped.Load())
	to <- prometheus.MustNewConstMetric(descActive, prometheus.GaugeValue, float64(shared.active.Load()))
	sum := c.server.totals()
	for o, name := range outcomeNames {
		count(descMessages, sum.messages[o].Load(), name)
	}
	count(descRecipients, sum.recipients.Load())
	count(descOctets, sum.octets.Load())
	sum.eachReply(func(phase Phase, code string, n uint64) { count(descReplies, n, phase.String(), code) })
	to <- transitMetric{c.server.runs.transit()}
}

// classicBounds are the buckets for those who scrape no native histograms, in seconds.
var classicBounds = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600}

// nativeSchema has eight buckets to each power of two, 9 % wide: of ours, which are 1.6 % wide, each falls into one.
const (
	nativeSchema  = 3
	zeroThreshold = 1e-9
)

// transitMetric is one histogram in both forms.
type transitMetric struct{ delays *histogram.Histogram }

func (m transitMetric) Desc() *prometheus.Desc { return descTransit }

func (m transitMetric) Write(to *dto.Metric) error {
	native := map[int]int64{}
	classic := make(map[float64]uint64, len(classicBounds))
	for index, n := range m.delays.Buckets() {
		seconds := middle(index)
		native[int(math.Ceil(math.Log2(seconds)*(1<<nativeSchema)))] += int64(n)
		for _, bound := range classicBounds {
			if seconds <= bound {
				classic[bound] += n
			}
		}
	}
	for _, bound := range classicBounds {
		classic[bound] += 0
	}
	sum := m.delays.Sum() / float64(time.Second)
	if err := prometheus.MustNewConstHistogram(descTransit, m.delays.Count(), sum, classic).Write(to); err != nil {
		return err
	}
	var both dto.Metric
	metric, err := prometheus.NewConstNativeHistogram(
		descTransit, m.delays.Count(), sum, native, nil, 0, nativeSchema, zeroThreshold, time.Time{})
	if err != nil {
		return err
	}
	if err := metric.Write(&both); err != nil {
		return err
	}
	both.Histogram.Bucket = to.Histogram.Bucket
	both.Histogram.CreatedTimestamp = nil
	to.Histogram = both.Histogram
	return nil
}

// middle gives the middle of a bucket of the histogram, in seconds.
func middle(index uint64) float64 {
	const columns = 64
	return math.Ldexp(1+(float64(index%columns)+0.5)/columns, int(index/columns)) / float64(time.Second)
}
