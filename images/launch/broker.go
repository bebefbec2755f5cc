package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/dynsec"
	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/health"
	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/leader"
	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/supervise"
)

type brokerSettings struct {
	program   string
	config    string
	accounts  string
	passwords string
	data      string
	seed      string
	watched   folders

	name          string
	peers         string
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
	set.StringVar(&s.accounts, "accounts", "/mosquitto/config/accounts.json", "`file` that declares the accounts of the release")
	set.StringVar(&s.passwords, "passwords", "/mosquitto/accounts", "`folder` with a file per declared account: its password")
	set.StringVar(&s.data, "data", "/mosquitto/data", "`folder` of the broker's state")
	set.StringVar(&s.seed, "seed", "/mosquitto/seed/dynamic-security.json", "`file` that dynamic security starts from when the state has none; need not exist")
	set.Var(&s.watched, "watch", "`folder` whose changes make Mosquitto reload its certificates; repeatable")
	set.StringVar(&s.name, "name", host, "`name` of this broker, that of its pod")
	set.StringVar(&s.peers, "peers", "", "headless `service` of the release's brokers, as a full domain name; without it a ready broker leads")
	set.Bool("ordinal-from-hostname", true, "the order of the brokers is the number at the end of their names (there is no other)")
	set.StringVar(&s.healthListen, "health-listen", ":7070", "`address` of /healthz, /readyz and /leader")
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
	declared, err := dynsec.ReadDeclared(s.accounts, s.passwords)
	if err != nil {
		return 1, err
	}
	did, err := dynsec.Prepare(filepath.Join(s.data, "dynamic-security.json"), s.seed, declared)
	if err != nil {
		return 1, err
	}
	for _, line := range did {
		say(line)
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	monitor := health.NewMonitor(health.Settings{
		Address:     s.admin,
		ClientID:    "$health-" + s.name,
		Username:    s.healthAccount,
		Password:    func() (string, error) { return dynsec.Password(s.passwords, s.healthAccount) },
		Interval:    s.pingInterval,
		PingTimeout: s.pingTimeout,
		HangAfter:   s.hangAfter,
		Startup:     s.startup,
		Log:         say,
	})
	leadership, err := choice(ctx, s, monitor)
	if err != nil {
		return 1, err
	}
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
		if err := health.Serve(ctx, endpoints, s.name, monitor, leadership); err != nil {
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

// choice is how this broker knows whether it leads.
func choice(ctx context.Context, s brokerSettings, monitor *health.Monitor) (health.Leadership, error) {
	if s.peers == "" {
		return alone{monitor}, nil
	}
	ordinal, err := leader.Ordinal(s.name)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(s.healthListen)
	if err != nil {
		return nil, fmt.Errorf("--health-listen has no port: %w", err)
	}
	election := leader.NewElection(leader.Settings{
		Name:     s.name,
		Ordinal:  ordinal,
		Port:     port,
		Own:      leader.OnThisHost(port),
		Lookup:   leader.InDNS(s.peers, port),
		Ready:    monitor.Ready,
		Poll:     100 * time.Millisecond,
		Timeout:  300 * time.Millisecond,
		Misses:   3,
		Refresh:  time.Second,
		Patience: 15 * time.Second,
		Log:      say,
	})
	go election.Run(ctx)
	return election, nil
}

// alone leads whenever it is ready.
type alone struct{ monitor *health.Monitor }

func (a alone) Leads() (bool, string)                { return a.monitor.Ready() }
func (a alone) Heard(context.Context, *http.Request) {}
func (a alone) Standing() leader.Standing            { return leader.Standing{} }
