package supervise

import (
	"fmt"
	"strings"
	"syscall"
)

var known = map[string]syscall.Signal{
	"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "QUIT": syscall.SIGQUIT,
	"USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2, "WINCH": syscall.SIGWINCH,
}

// SignalNamed finds a signal by its name, with or without SIG.
func SignalNamed(name string) (syscall.Signal, error) {
	signal, ok := known[strings.TrimPrefix(strings.ToUpper(name), "SIG")]
	if !ok {
		return 0, fmt.Errorf("%q is no signal that can be sent: use SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2 or SIGWINCH", name)
	}
	return signal, nil
}
