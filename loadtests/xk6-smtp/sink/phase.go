package sink

// Phase is the part of the conversation that a reply belongs to. The names are those of the k6 module.
type Phase uint8

// The phases in the order of a session. Accepting is the reply to the end of a message (final dot or BDAT LAST),
// Data that to DATA and to a BDAT chunk before the last; Command is every other command.
const (
	Banner Phase = iota
	EHLO
	StartTLS
	Auth
	XClient
	Mail
	Rcpt
	Data
	Accepting
	Rset
	Noop
	Quit
	Command
	numPhases
)

var phaseNames = [numPhases]string{
	"banner", "ehlo", "starttls", "auth", "xclient", "mail", "rcpt", "data", "accepting", "rset", "noop", "quit", "command",
}

func (p Phase) String() string {
	if p < numPhases {
		return phaseNames[p]
	}
	return "unknown"
}

func phaseNamed(name string) (Phase, bool) {
	for i, n := range phaseNames {
		if n == name {
			return Phase(i), true
		}
	}
	return 0, false
}
