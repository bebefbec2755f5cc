package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/peers"
	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/supervise"
)

func program(arguments []string) (int, error) {
	var watched folders
	set := flags("run")
	reload := set.String("signal", "SIGHUP", "`signal` for the program when a watched folder changes")
	stop := set.String("stop-signal", "SIGTERM", "`signal` for the program when this process is told to end")
	drain := set.Duration("drain", 0, "time between being told to end and telling the program")
	set.Var(&watched, "watch", "`folder` whose changes make the program reload; repeatable")
	service := set.String("peers", "", "headless service of HAProxy's pods, which are then written to --peers-file; needs POD_IP in the environment")
	file := set.String("peers-file", "/tmp/peers.cfg", "where HAProxy reads its peers")
	if err := set.Parse(arguments); err != nil {
		return 2, err
	}
	if set.NArg() == 0 {
		return 2, errors.New("there is nothing to run: put the command after --")
	}
	reloadSignal, err := supervise.SignalNamed(*reload)
	if err != nil {
		return 2, err
	}
	stopSignal, err := supervise.SignalNamed(*stop)
	if err != nil {
		return 2, err
	}
	told := signals()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var changed <-chan string
	if *service != "" {
		if changed, err = fellows(ctx, *service, *file); err != nil {
			return 2, err
		}
	}
	child, err := supervise.Start(set.Args())
	if err != nil {
		return 1, err
	}
	return attend(ctx, child, told, attendance{
		watched: watched,
		reload:  reloadSignal,
		stop:    stopSignal,
		drain:   max(*drain, time.Millisecond),
		leaving: func() {},
		changed: changed,
	}), nil
}

// fellows writes the section of peers before HAProxy starts, and delivers each later change of it.
func fellows(ctx context.Context, service, file string) (<-chan string, error) {
	self, err := netip.ParseAddr(os.Getenv("POD_IP"))
	if err != nil {
		return nil, fmt.Errorf("--peers needs this pod's address in POD_IP (fieldRef status.podIP): %w", err)
	}
	section := peers.Section{File: file, Self: self}
	const interval = 2 * time.Second
	lookup := peers.InDNS(service)
	if err := section.Join(ctx, lookup, interval, 12*time.Second); err != nil {
		return nil, err
	}
	// The configuration has a section of its own for where nobody writes one.
	if err := os.Setenv("HAPROXY_PEERS", service); err != nil {
		return nil, err
	}
	changed := make(chan string, 1)
	go section.Follow(ctx, lookup, interval,
		func() { changed <- "the set of peers" },
		func(err error) { say(err.Error()) })
	return changed, nil
}
