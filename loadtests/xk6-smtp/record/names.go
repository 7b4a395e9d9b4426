package record

// Phase is a part of the conversation that is timed.
type Phase uint8

// The phases, in the order in which they happen.
const (
	Resolving Phase = iota
	Connecting
	Banner
	EHLO
	TLSHandshaking
	Auth
	Mail
	Rcpt
	Data
	Envelope
	Sending
	Accepting
	MessageDuration
	SessionDuration
	numPhases
)

var phaseNames = [numPhases]string{
	"resolving", "connecting", "banner", "ehlo", "tls_handshaking", "auth", "mail", "rcpt", "data", "envelope",
	"sending", "accepting", "message_duration", "session_duration",
}

// String gives the name of the Trend without its prefix smtp_.
func (p Phase) String() string {
	if p < numPhases {
		return phaseNames[p]
	}
	return other
}

// Outcome is what became of a message or of one of its recipients.
type Outcome uint8

// The outcomes. Uncertain: the connection was lost after the final dot; Failed: before it.
const (
	Accepted Outcome = iota
	Deferred
	Rejected
	Uncertain
	Failed
	Aborted
	numOutcomes
)

var outcomeNames = [numOutcomes]string{"accepted", "deferred", "rejected", "uncertain", "failed", "aborted"}

// String gives the name as in the tag `outcome`.
func (o Outcome) String() string {
	if o < numOutcomes {
		return outcomeNames[o]
	}
	return other
}

// other takes what has no place of its own.
const other = "other"
