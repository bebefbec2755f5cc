package main

import (
	"context"
	"errors"
	"time"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/supervise"
)

func program(arguments []string) (int, error) {
	var watched folders
	set := flags("run")
	reload := set.String("signal", "SIGHUP", "`signal` for the program when a watched folder changes")
	stop := set.String("stop-signal", "SIGTERM", "`signal` for the program when this process is told to end")
	drain := set.Duration("drain", 0, "time between being told to end and telling the program")
	set.Var(&watched, "watch", "`folder` whose changes make the program reload; repeatable")
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
	child, err := supervise.Start(set.Args())
	if err != nil {
		return 1, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return attend(ctx, child, told, attendance{
		watched: watched,
		reload:  reloadSignal,
		stop:    stopSignal,
		drain:   max(*drain, time.Millisecond),
		leaving: func() {},
	}), nil
}
