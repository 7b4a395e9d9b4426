// Package smtp is the wire layer of the k6 module: an SMTP and LMTP client made for measuring.
//
// A Session is one connection, used by one goroutine at a time. Open brings it up to where MAIL may follow (look-up,
// connect, banner, EHLO, STARTTLS or implicit TLS, XCLIENT, AUTH); the steps Connect, Hello, StartTLS, Authenticate,
// Mail, Rcpt, Data … do the same one at a time, for scripts that want to go astray. Send carries one message, SendBatch
// many. Each call fills a Result that the caller owns and uses again: what became of the message, every reply, and the
// time of each phase.
//
// How much travels at once decides what a message costs, since a round trip is dearer than anything done in between:
//
//	lockstep       MAIL, RCPT, DATA and the message each wait for their reply; each is timed     4 round trips
//	pipelined      MAIL, RCPT and DATA in one write (RFC 2920)                                   2
//	cross-message  SendBatch: the next envelope travels behind the final dot                     1
//	window         SendBatch with CHUNKING: whole messages by BDAT in one write (RFC 3030)       1/n
//
// A reply of any class is a result and no error: a 550 is what was asked for. An Error says what was seen on the wire in
// place of a reply: its Code is one of a fixed set, its Phase says where. A connection lost after the final dot leaves
// the message Uncertain, one lost before it leaves it Failed. Only a wrong argument is a Go error.
//
// Everything from the network is bounded: a reply in its octets and lines, and each step by a deadline that holds from
// the dial on. Deadlines are set coarsely, to spare the timer: a step has its whole timeout, and at most an eighth more.
//
// The plain path allocates nothing for a message: replies are parsed in the read buffer, text is kept in buffers of the
// Result, a Message is built once (dot-stuffed, CRLF-normalised) and only its token, Date and Message-ID are patched
// into the copy that is written; a step is one Write. A body above 64 KiB is written from where it lies, behind its
// header.
//
// A Message comes from parts (NewMessage), from raw text (ParseMessage), or from a folder of .eml files that are read
// when they are sent (OpenCorpus).
package smtp
