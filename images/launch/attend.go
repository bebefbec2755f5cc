package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/supervise"
	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/watch"
)

// attendance is what there is to do for a running program.
type attendance struct {
	watched []string
	reload  syscall.Signal // sent when a watched folder changes, or when this process gets SIGHUP
	stop    syscall.Signal // sent after drain when this process is told to end
	drain   time.Duration
	leaving func()        // called at once when this process is told to end
	changed <-chan string // what else changed that the program must read anew; may be nil
}

// signals begins to collect what this process is told. To be called first: process 1 does not get a signal that it does not
// wait for, so a stop during the start would be lost.
func signals() <-chan os.Signal {
	told := make(chan os.Signal, 8)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	return told
}

// attend returns the program's exit code when it has ended.
func attend(ctx context.Context, child *supervise.Process, told <-chan os.Signal, to attendance) int {
	changes := make(chan string, 8)
	go watch.Folders(ctx, mounted(to.watched), time.Second, func(which []string) { changes <- strings.Join(which, ", ") })
	var drained <-chan time.Time
	for {
		select {
		case code := <-child.Exit():
			say(fmt.Sprintf("the program ended with exit code %d", code))
			return code
		case which := <-changes:
			say(fmt.Sprintf("%s changed: the program reloads", which))
			send(child, to.reload)
		case what := <-to.changed:
			say(fmt.Sprintf("%s changed: the program reloads", what))
			send(child, to.reload)
		case <-drained:
			send(child, to.stop)
		case got := <-told:
			switch {
			case got == syscall.SIGHUP:
				send(child, to.reload)
			case drained != nil: // asked twice: now
				send(child, to.stop)
			default:
				to.leaving()
				drained = time.After(to.drain)
			}
		}
	}
}

// mounted leaves out what is not there: a volume can be optional, and the command line that watches it the same.
func mounted(folders []string) []string {
	var found []string
	for _, folder := range folders {
		if about, err := os.Stat(folder); err != nil || !about.IsDir() {
			say(fmt.Sprintf("%s is not a mounted folder: not watched", folder))
			continue
		}
		found = append(found, folder)
	}
	return found
}

func send(child *supervise.Process, what syscall.Signal) {
	if err := child.Signal(what); err != nil {
		say(fmt.Sprintf("cannot send %s to the program: %v", what, err))
	}
}
