package health

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is a broker that answers CONNECT and PINGREQ, unless it is told not to.
type fake struct {
	listener net.Listener
	mutex    sync.Mutex
	refusal  byte
	frozen   bool
	connects int
	login    string
	open     []net.Conn
}

func newFake(t *testing.T) *fake {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{listener: listener}
	t.Cleanup(f.stop)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go f.serve(connection)
		}
	}()
	return f
}

func (f *fake) stop() {
	f.listener.Close()
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, connection := range f.open {
		connection.Close()
	}
}

func (f *fake) set(change func()) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	change()
}

func (f *fake) serve(connection net.Conn) {
	defer connection.Close()
	var head [2]byte
	for {
		if _, err := io.ReadFull(connection, head[:]); err != nil {
			return
		}
		body := make([]byte, head[1])
		if _, err := io.ReadFull(connection, body); err != nil {
			return
		}
		for {
			f.mutex.Lock()
			frozen := f.frozen
			f.mutex.Unlock()
			if !frozen {
				break
			}
			time.Sleep(time.Millisecond)
		}
		f.mutex.Lock()
		refusal := f.refusal
		switch head[0] {
		case 0x10:
			f.connects++
			f.login = string(body)
			f.open = append(f.open, connection)
			connection.Write([]byte{0x20, 2, 0, refusal})
		case 0xC0:
			connection.Write([]byte{0xD0, 0})
		}
		f.mutex.Unlock()
	}
}

func watching(t *testing.T, f *fake) (*Monitor, *[]string) {
	return watchingFor(t, f, 50*time.Millisecond)
}

func watchingFor(t *testing.T, f *fake, pingTimeout time.Duration) (*Monitor, *[]string) {
	var lines []string
	var mutex sync.Mutex
	monitor := NewMonitor(Settings{
		Address: f.listener.Addr().String(), ClientID: "$health-b-0", Username: "admin",
		Password: func() (string, error) { return "the-password", nil },
		Interval: 10 * time.Millisecond, PingTimeout: pingTimeout, HangAfter: 600 * time.Millisecond, Startup: 400 * time.Millisecond,
		Log: func(line string) { mutex.Lock(); defer mutex.Unlock(); lines = append(lines, line) },
	})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go monitor.Run(ctx)
	return monitor, &lines
}

func becomes(t *testing.T, ask func() (bool, string), want bool) string {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		got, reason := ask()
		if got == want {
			return reason
		}
		if time.Now().After(deadline) {
			t.Fatalf("it stays %t: %s", got, reason)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestABrokerThatAnswersIsReadyAndAskedOnOneConnection(t *testing.T) {
	f := newFake(t)
	monitor, _ := watching(t, f)
	becomes(t, monitor.Ready, true)
	time.Sleep(200 * time.Millisecond)
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.connects != 1 {
		t.Errorf("%d connections", f.connects)
	}
	if !strings.Contains(f.login, "admin") || !strings.Contains(f.login, "the-password") {
		t.Error("it does not log in")
	}
}

func TestABrokerThatHangsIsNotReadyThenNotAliveAndIsReadyAgainWhenItAnswers(t *testing.T) {
	f := newFake(t)
	monitor, _ := watching(t, f)
	becomes(t, monitor.Ready, true)
	f.set(func() { f.frozen = true })
	becomes(t, monitor.Ready, false)
	if alive, reason := monitor.Alive(); !alive {
		t.Error("given up at once: " + reason)
	}
	becomes(t, monitor.Alive, false)
	f.set(func() { f.frozen = false })
	becomes(t, monitor.Ready, true)
	becomes(t, monitor.Alive, true)
}

func TestABrokerThatHangsShortlyKeepsItsConnection(t *testing.T) {
	f := newFake(t)
	monitor, _ := watching(t, f)
	becomes(t, monitor.Ready, true)
	f.set(func() { f.frozen = true })
	becomes(t, monitor.Ready, false)
	f.set(func() { f.frozen = false })
	becomes(t, monitor.Ready, true)
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.connects != 1 {
		t.Errorf("%d connections", f.connects)
	}
}

func TestABrokerThatIsGoneIsNotReadyAtOnce(t *testing.T) {
	f := newFake(t)
	const timeout = 2 * time.Second
	monitor, _ := watchingFor(t, f, timeout)
	becomes(t, monitor.Ready, true)
	gone := time.Now()
	f.stop()
	becomes(t, monitor.Ready, false)
	if took := time.Since(gone); took > timeout/2 {
		t.Errorf("noticed after %s only", took)
	}
}

func TestABrokerThatNeverAnswersIsAliveForTheTimeOfAStart(t *testing.T) {
	f := newFake(t)
	f.stop()
	monitor, _ := watching(t, f)
	if alive, reason := monitor.Alive(); !alive {
		t.Error("given up at once: " + reason)
	}
	becomes(t, monitor.Alive, false)
	if ready, _ := monitor.Ready(); ready {
		t.Error("it is ready")
	}
}

func TestARefusedLoginIsToldOnceWithTheCureAndWithoutThePassword(t *testing.T) {
	f := newFake(t)
	f.refusal = 5
	monitor, lines := watching(t, f)
	becomes(t, monitor.Alive, false)
	if len(*lines) != 1 || !strings.Contains((*lines)[0], "accounts.json") || strings.Contains((*lines)[0], "the-password") {
		t.Errorf("it says %q", *lines)
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.connects > 1 {
		t.Errorf("it knocked %d times", f.connects)
	}
}

func TestABrokerThatIsBeingStoppedIsNotReadyButAlive(t *testing.T) {
	f := newFake(t)
	monitor, _ := watching(t, f)
	becomes(t, monitor.Ready, true)
	monitor.Drain()
	if ready, _ := monitor.Ready(); ready {
		t.Error("it is ready")
	}
	if alive, reason := monitor.Alive(); !alive {
		t.Error(reason)
	}
}

func TestTheEndpointsSayWhyInTheirBody(t *testing.T) {
	f := newFake(t)
	monitor, _ := watching(t, f)
	becomes(t, monitor.Ready, true)
	monitor.Drain()
	server := httptest.NewServer(newServer("b-0", monitor).Handler)
	defer server.Close()
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/leader": 404, "/other": 404} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != want {
			t.Errorf("%s answers %d", path, response.StatusCode)
		}
		var answer Answer
		if want != 404 && errors.Join(json.NewDecoder(response.Body).Decode(&answer)) != nil {
			t.Errorf("%s does not answer with JSON", path)
		}
		if path == "/readyz" && (answer.Reason != "the broker is being stopped" || answer.OK || answer.Name != "b-0") {
			t.Errorf("%+v", answer)
		}
		response.Body.Close()
	}
}
