package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/dynsec"
	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/health"
	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/supervise"
)

type brokerSettings struct {
	program  string
	config   string
	accounts accountSettings
	watched  folders

	name          string
	healthListen  string
	healthAccount string
	admin         string
	pingInterval  time.Duration
	pingTimeout   time.Duration
	hangAfter     time.Duration
	startup       time.Duration
	drain         time.Duration
}

func brokerFlags(arguments []string) (brokerSettings, error) {
	var s brokerSettings
	host, _ := os.Hostname()
	set := flags("broker")
	set.StringVar(&s.program, "mosquitto", "/usr/sbin/mosquitto", "the `program` to run")
	set.StringVar(&s.config, "config", "/mosquitto/config/mosquitto.conf", "its configuration `file`")
	s.accounts.flags(set)
	set.Var(&s.watched, "watch", "`folder` whose changes make Mosquitto reload its certificates; repeatable")
	set.StringVar(&s.name, "name", host, "`name` of this broker, that of its pod")
	set.StringVar(&s.healthListen, "health-listen", ":7070", "`address` of /healthz and /readyz")
	set.StringVar(&s.healthAccount, "health-account", "admin", "declared `account` that the health check logs in with")
	set.StringVar(&s.admin, "admin", "127.0.0.1:1885", "`address` of Mosquitto's administration listener")
	set.DurationVar(&s.pingInterval, "ping-interval", 250*time.Millisecond, "time between two pings")
	set.DurationVar(&s.pingTimeout, "ping-timeout", time.Second, "time after which an unanswered ping makes the broker not ready")
	set.DurationVar(&s.hangAfter, "hang-after", 10*time.Second, "time without an answer after which the broker counts as hung")
	set.DurationVar(&s.startup, "startup", time.Minute, "time that the broker may take to answer first")
	set.DurationVar(&s.drain, "drain", 500*time.Millisecond, "time between saying 'not ready' and stopping the broker")
	if err := set.Parse(arguments); err != nil {
		return s, err
	}
	if set.NArg() > 0 {
		return s, fmt.Errorf("%q is no flag: see launch broker --help", set.Arg(0))
	}
	return s, nil
}

func broker(arguments []string) (int, error) {
	s, err := brokerFlags(arguments)
	if err != nil {
		return 2, err
	}
	told := signals()
	if err := s.accounts.prepare(); err != nil {
		return 1, err
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	monitor := health.NewMonitor(health.Settings{
		Address:     s.admin,
		ClientID:    "$health-" + s.name,
		Username:    s.healthAccount,
		Password:    func() (string, error) { return dynsec.Password(s.accounts.passwords, s.healthAccount) },
		Interval:    s.pingInterval,
		PingTimeout: s.pingTimeout,
		HangAfter:   s.hangAfter,
		Startup:     s.startup,
		Log:         say,
	})
	endpoints, err := net.Listen("tcp", s.healthListen)
	if err != nil {
		return 1, fmt.Errorf("cannot offer the health endpoints: %w: --health-listen names another address", err)
	}
	child, err := supervise.Start([]string{s.program, "-c", s.config})
	if err != nil {
		return 1, err
	}
	go monitor.Run(ctx)
	go func() {
		if err := health.Serve(endpoints, s.name, monitor); err != nil {
			say("health endpoints: " + err.Error())
		}
	}()
	return attend(ctx, child, told, attendance{
		watched: s.watched,
		reload:  syscall.SIGHUP,
		stop:    syscall.SIGTERM,
		drain:   s.drain,
		leaving: monitor.Drain,
	}), nil
}
