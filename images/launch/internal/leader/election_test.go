package leader

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// site is a name service and the brokers in it, each with an election and a health port of its own.
type site struct {
	t       *testing.T
	mutex   sync.Mutex
	listed  map[string]string
	broken  bool
	brokers []*participant
}

type participant struct {
	*Election
	name    string
	address string
	server  *http.Server
	mutex   sync.Mutex
	ready   bool
	frozen  chan struct{}
	stop    context.CancelFunc
}

func newSite(t *testing.T, count int) *site {
	s := &site{t: t, listed: map[string]string{}}
	for ordinal := range count {
		s.brokers = append(s.brokers, s.start(ordinal, ""))
	}
	return s
}

func (s *site) lookup(context.Context) (map[string]string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.broken {
		return nil, errors.New("the name service is away")
	}
	found := map[string]string{}
	for name, address := range s.listed {
		found[name] = address
	}
	return found, nil
}

func (s *site) start(ordinal int, address string) *participant {
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		s.t.Fatal(err)
	}
	p := &participant{name: fmt.Sprintf("b-%d", ordinal), address: listener.Addr().String(), ready: true}
	p.Election = NewElection(Settings{
		Name: p.name, Ordinal: ordinal, Lookup: s.lookup,
		Ready: func() (bool, string) {
			p.mutex.Lock()
			defer p.mutex.Unlock()
			return p.ready, "the test says so"
		},
		Poll: 10 * time.Millisecond, Timeout: 30 * time.Millisecond, Misses: 3, Refresh: 10 * time.Millisecond,
		Patience: time.Minute, Log: func(string) {},
	})
	p.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.mutex.Lock()
		frozen := p.frozen
		p.mutex.Unlock()
		if frozen != nil {
			<-frozen
		}
		leads, _ := p.Leads()
		ready, _ := p.settings.Ready()
		if !leads {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintf(w, `{"ready":%t,"leader":%t}`, ready, leads)
	})}
	go p.server.Serve(listener)
	ctx, cancel := context.WithCancel(context.Background())
	p.stop = cancel
	go p.Run(ctx)
	s.mutex.Lock()
	s.listed[p.name] = p.address
	s.mutex.Unlock()
	s.t.Cleanup(func() { cancel(); p.server.Close() })
	return p
}

func (s *site) leaders() []string {
	var found []string
	for _, broker := range s.brokers {
		if leads, _ := broker.Leads(); leads {
			found = append(found, broker.name)
		}
	}
	return found
}

// becomes waits until exactly this broker leads, and has done so for a while.
func (s *site) becomes(want string) {
	s.t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	var steady time.Time
	for time.Now().Before(deadline) {
		if got := s.leaders(); len(got) == 1 && got[0] == want {
			if steady.IsZero() {
				steady = time.Now()
			}
			if time.Since(steady) > 100*time.Millisecond {
				return
			}
		} else {
			steady = time.Time{}
		}
		time.Sleep(2 * time.Millisecond)
	}
	s.t.Fatalf("leaders are %v, not %s", s.leaders(), want)
}

func TestTheFirstBrokerLeadsAndTheNextOneFollowsWhenItIsNotReady(t *testing.T) {
	s := newSite(t, 3)
	s.becomes("b-0")
	s.brokers[0].mutex.Lock()
	s.brokers[0].ready = false
	s.brokers[0].mutex.Unlock()
	s.becomes("b-1")
	s.brokers[0].mutex.Lock()
	s.brokers[0].ready = true
	s.brokers[0].mutex.Unlock()
	s.becomes("b-1")
}

func TestALeaderWhosePortIsClosedIsGoneAtOnceAndComesBackAsAFollower(t *testing.T) {
	s := newSite(t, 2)
	s.becomes("b-0")
	lost := s.brokers[0]
	lost.stop()
	lost.server.Close()
	s.brokers = s.brokers[1:]
	s.becomes("b-1")
	s.brokers = append(s.brokers, s.start(0, lost.address))
	s.becomes("b-1")
}

func TestALeaderThatDoesNotAnswerIsGoneAfterThreeQuestions(t *testing.T) {
	s := newSite(t, 2)
	s.becomes("b-0")
	lost := s.brokers[0]
	lost.stop()
	thaw := make(chan struct{})
	t.Cleanup(func() { close(thaw) })
	lost.mutex.Lock()
	lost.frozen = thaw
	lost.mutex.Unlock()
	s.brokers = s.brokers[1:]
	s.becomes("b-1")
}

func TestALeaderThatIsNoLongerListedButAnswersIsStillTheLeader(t *testing.T) {
	s := newSite(t, 2)
	s.becomes("b-0")
	s.mutex.Lock()
	delete(s.listed, "b-0")
	s.mutex.Unlock()
	time.Sleep(100 * time.Millisecond)
	s.becomes("b-0")
}

func TestANameServiceThatIsAwayChangesNothing(t *testing.T) {
	s := newSite(t, 2)
	s.becomes("b-0")
	s.mutex.Lock()
	s.broken = true
	s.mutex.Unlock()
	time.Sleep(100 * time.Millisecond)
	s.becomes("b-0")
	s.brokers[0].mutex.Lock()
	s.brokers[0].ready = false
	s.brokers[0].mutex.Unlock()
	s.becomes("b-1")
}

func TestTheOrdinalIsTheNumberAtTheEndOfThePodsName(t *testing.T) {
	if ordinal, err := Ordinal("my-release-2-mosquitto-ha-11"); err != nil || ordinal != 11 {
		t.Errorf("%d, %v", ordinal, err)
	}
	for _, name := range []string{"", "broker", "broker-", "broker-x", "7"} {
		if _, err := Ordinal(name); err == nil {
			t.Errorf("%q passes for the name of a pod", name)
		}
	}
}
