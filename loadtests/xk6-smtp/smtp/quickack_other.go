//go:build !linux

package smtp

import "net"

// quickAck does nothing: other systems have no such option. The reply after a handshake of TLS 1.3 may seem as late as
// the system delays its acknowledgements.
func quickAck(net.Conn) {}
