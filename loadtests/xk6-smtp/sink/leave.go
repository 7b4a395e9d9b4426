package sink

import (
	"errors"
	"net"
	"os"
	"time"
)

// leave ends the connection as its last error asks for.
func (c *conn) leave(err error) {
	switch {
	case errors.Is(err, errReset):
		_ = c.flush()
		c.abandon()
		return
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.out = append(c.out, "421 4.4.2 Idle for too long\r\n"...)
		c.armed = time.Time{}
		_ = c.flush()
	case errors.Is(err, errLeave) && c.flush() == nil:
		c.drain()
	case errors.Is(err, errQuit):
		_ = c.flush()
	}
	_ = c.socket.Close()
}

const (
	drainTime   = time.Second
	drainOctets = 1 << 20
)

// drain reads on for a moment: to close on unread octets would reset the connection, and take the reply with it.
func (c *conn) drain() {
	if half, ok := c.tcp.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
	_ = c.tcp.SetReadDeadline(time.Now().Add(drainTime))
	for total := 0; total < drainOctets; {
		n, err := c.tcp.Read(c.in)
		if err != nil {
			return
		}
		total += n
	}
}
