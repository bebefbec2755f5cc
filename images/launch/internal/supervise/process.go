// Package supervise runs the one process that a container is for, as its init: passes its output and signals on, reaps what
// is left behind, and knows how it ended.
package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Process is the running child.
type Process struct {
	pid  int
	exit chan int
}

// Start runs the command with this process's own output and environment.
func Start(command []string) (*Process, error) {
	path, err := exec.LookPath(command[0])
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", command[0], err)
	}
	child, err := os.StartProcess(path, command, &os.ProcAttr{
		Env:   os.Environ(),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", path, err)
	}
	process := &Process{pid: child.Pid, exit: make(chan int, 1)}
	go process.reap()
	return process, nil
}

// Exit delivers the exit code once: the child's own, or 128 and the signal's number as shells do.
func (p *Process) Exit() <-chan int { return p.exit }

// Signal reaches the child. A child that is gone already is no error.
func (p *Process) Signal(signal syscall.Signal) error {
	if err := syscall.Kill(p.pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// reap waits for every child, not only for the one it started: as process 1 it inherits the orphans of the container.
func (p *Process) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return
		case pid == p.pid:
			p.exit <- code(status)
		}
	}
}

func code(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
