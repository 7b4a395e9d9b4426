#!/bin/sh
# supervise.sh PID COMMAND...: runs a server, and ends it with its whole process group on TERM, or when PID is gone.
# For a server that changes its user: the kernel forgets then that it was to die with its parent.
owner=$1
shift
end() {
  trap '' TERM
  kill -TERM 0
  wait "$server"
  exit
}
trap end TERM
"$@" &
server=$!
while kill -0 "$server" 2>/dev/null && [ -d "/proc/$owner" ]; do
  sleep 1 &
  wait $!
done
end
