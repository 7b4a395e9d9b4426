package smtp

// Phase is a part of the conversation.
type Phase uint8

// The phases in their usual order. Envelope is MAIL to the reply that asks for the message, when they are pipelined;
// Sending is the message up to its final dot, Accepting from there to the reply.
const (
	NoPhase Phase = iota
	Resolving
	Connecting
	Banner
	EHLO
	StartTLS
	TLSHandshaking
	Authenticating
	XClient
	Mail
	Rcpt
	Data
	EnvelopePhase
	Sending
	Accepting
	Rset
	Noop
	Quit
	Command
	NumPhases
)

var phaseNames = [NumPhases]string{
	"", "resolving", "connecting", "banner", "ehlo", "starttls", "tls_handshaking", "auth", "xclient", "mail", "rcpt",
	"data", "envelope", "sending", "accepting", "rset", "noop", "quit", "command",
}

// String gives the name that scripts, metrics and records use.
func (p Phase) String() string {
	if p < NumPhases {
		return phaseNames[p]
	}
	return ""
}

// ParsePhase is the inverse of String; NoPhase for a name that is none.
func ParsePhase(name string) Phase {
	for p, n := range phaseNames {
		if n == name {
			return Phase(p)
		}
	}
	return NoPhase
}

// Outcome is what became of a message, or of one of its recipients.
type Outcome uint8

// NoOutcome is that of a step which carried no message.
const (
	NoOutcome Outcome = iota
	Accepted          // 2xx; of a message: for at least one recipient
	Deferred          // 4xx
	Rejected          // 5xx
	Uncertain         // the connection was lost after the final dot: nobody can tell
	Failed            // lost before it: the server cannot have taken it
	Aborted           // the caller asked to break off
	NumOutcomes
)

var outcomeNames = [NumOutcomes]string{"", "accepted", "deferred", "rejected", "uncertain", "failed", "aborted"}

// String gives the name that scripts, metrics and records use.
func (o Outcome) String() string {
	if o < NumOutcomes {
		return outcomeNames[o]
	}
	return ""
}
