// Package health knows whether the broker serves, by being one of its clients: it stays connected and pings, so that a
// broker whose process is there but hangs is noticed, and so that the question costs the broker no connection and no log line.
package health

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/mqtt"
)

// Settings of a Monitor. All are needed.
type Settings struct {
	Address     string // of the listener that only this container reaches
	ClientID    string // as the broker's log shows it
	Username    string // the account to log in as
	Password    func() (string, error)
	Interval    time.Duration // between two pings
	PingTimeout time.Duration // after which the broker is not ready
	HangAfter   time.Duration // after which the broker is not alive
	Startup     time.Duration // how long the broker may take before its first answer
	Log         func(string)
}

// Monitor keeps the connection. Its answers may be asked for at any time.
type Monitor struct {
	settings Settings
	clock    func() time.Time

	mutex    sync.Mutex
	started  time.Time
	answered time.Time // zero before the first answer
	problem  string    // empty while the last ping was answered
	draining bool
}

// NewMonitor counts the start-up time from now.
func NewMonitor(settings Settings) *Monitor {
	return &Monitor{settings: settings, clock: time.Now, started: time.Now(), problem: "the broker has not answered yet"}
}

// Drain makes the broker not ready for good: it is about to be stopped.
func (m *Monitor) Drain() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.draining = true
}

// Ready says whether the broker serves now, and why not.
func (m *Monitor) Ready() (bool, string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	switch {
	case m.draining:
		return false, "the broker is being stopped"
	case m.problem != "":
		return false, m.problem
	case m.clock().Sub(m.answered) > m.settings.Interval+m.settings.PingTimeout:
		return false, "the answer to the last ping is late"
	default:
		return true, "the last ping was answered"
	}
}

// Alive says whether it makes sense to wait for this broker, or whether a restart is the cure.
func (m *Monitor) Alive() (bool, string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	now := m.clock()
	if m.answered.IsZero() {
		if now.Sub(m.started) < m.settings.Startup {
			return true, "the broker is starting: " + m.problem
		}
		return false, fmt.Sprintf("no answer within %s of the start: %s", m.settings.Startup, m.problem)
	}
	silence := now.Sub(m.answered)
	if silence > m.settings.HangAfter {
		return false, fmt.Sprintf("no answer for %s: %s", silence.Round(100*time.Millisecond), m.problem)
	}
	return true, fmt.Sprintf("answered %s ago", silence.Round(time.Millisecond))
}

// Run connects and pings until the context ends.
func (m *Monitor) Run(ctx context.Context) {
	// The broker logs each refused login: knock seldom when it refuses, often while it only starts.
	const whileStarting, whenHung, whenRefused = 50 * time.Millisecond, time.Second, 5 * time.Second
	reported := ""
	for ctx.Err() == nil {
		err := m.session(ctx)
		if ctx.Err() != nil {
			return
		}
		pause := whileStarting
		if mqtt.IsTimeout(err) {
			pause = whenHung
		}
		var refused *mqtt.RefusedError
		if errors.As(err, &refused) {
			pause = whenRefused
			err = fmt.Errorf("%w: account %q must be in accounts.json, and be enabled in dynamic security", err, m.settings.Username)
			if reported != err.Error() {
				reported = err.Error()
				m.settings.Log("health check: " + reported)
			}
		}
		m.failed(err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// session returns only when the connection is of no more use.
func (m *Monitor) session(ctx context.Context) error {
	password, err := m.settings.Password()
	if err != nil {
		return err
	}
	connecting, cancel := context.WithTimeout(ctx, m.settings.PingTimeout)
	defer cancel()
	credentials := mqtt.Credentials{Username: m.settings.Username, Password: password}
	session, err := mqtt.Connect(connecting, m.settings.Address, m.settings.ClientID, credentials, mqtt.LeastKeepAlive)
	if err != nil {
		return err
	}
	defer session.Close()
	ticker := time.NewTicker(m.settings.Interval)
	defer ticker.Stop()
	for {
		if err := m.ping(session); err != nil {
			return err
		}
		m.succeeded()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// ping waits on one connection for as long as the broker may hang: to knock at a broker that hangs would only fill its
// backlog and, later, its log.
func (m *Monitor) ping(session *mqtt.Session) error {
	asked := m.clock()
	err := session.Ask(m.settings.PingTimeout)
	for err == nil {
		err = session.Await(m.settings.PingTimeout)
		if err == nil {
			return nil
		}
		if mqtt.IsTimeout(err) && m.clock().Sub(asked) < m.settings.HangAfter {
			m.failed(fmt.Errorf("no answer to a ping for %s", m.clock().Sub(asked).Round(100*time.Millisecond)))
			err = nil
		}
	}
	return err
}

func (m *Monitor) succeeded() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.answered = m.clock()
	m.problem = ""
}

func (m *Monitor) failed(err error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.problem = err.Error()
}
