package smtp

import (
	"net"
	"syscall"
)

// quickAck makes the kernel acknowledge at once what has come and what comes next. Else it waits up to 40 ms for
// something to send along, and a server with Nagle's algorithm on holds its reply back until its session tickets are
// acknowledged. The kernel goes back to its own ways with the next write.
func quickAck(conn net.Conn) {
	for {
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = outer.NetConn()
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	// Without it only time is lost.
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
