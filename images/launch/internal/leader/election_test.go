package leader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// site is a name service and the brokers in it, each with an election and a health port of its own.
type site struct {
	t       *testing.T
	mutex   sync.Mutex
	listed  map[string]string   // by name, the address
	stale   map[string][]string // by name of who asks, the addresses of an older answer
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
	s := &site{t: t, listed: map[string]string{}, stale: map[string][]string{}}
	for ordinal := range count {
		s.brokers = append(s.brokers, s.start(ordinal, ""))
	}
	return s
}

func (s *site) lookup(name string) Lookup {
	return func(context.Context) ([]string, error) {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		if s.broken {
			return nil, errors.New("the name service is away")
		}
		if old, ok := s.stale[name]; ok {
			return old, nil
		}
		return slices.Collect(maps.Values(s.listed)), nil
	}
}

// remembers makes a broker get an older answer of the name service from now on.
func (s *site) remembers(name string, addresses ...string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stale[name] = addresses
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
	_, port, _ := net.SplitHostPort(p.address)
	p.Election = NewElection(Settings{
		Name: p.name, Ordinal: ordinal, Lookup: s.lookup(p.name),
		Port: port, Own: func(address string) bool { return address == p.address },
		Ready: func() (bool, string) {
			p.mutex.Lock()
			defer p.mutex.Unlock()
			return p.ready, "the test says so"
		},
		Poll: 10 * time.Millisecond, Timeout: 30 * time.Millisecond, Misses: 3, Refresh: 10 * time.Millisecond,
		Patience: time.Minute, Log: func(string) {},
	})
	ctx, cancel := context.WithCancel(context.Background())
	p.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Heard(ctx, r)
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
		json.NewEncoder(w).Encode(struct {
			Name   string `json:"name"`
			Ready  bool   `json:"ready"`
			Leader bool   `json:"leader"`
			Standing
		}{p.name, ready, leads, p.Standing()})
	})}
	go p.server.Serve(listener)
	p.stop = cancel
	go p.Run(ctx)
	s.mutex.Lock()
	s.listed[p.name] = p.address
	s.mutex.Unlock()
	s.t.Cleanup(func() { cancel(); p.server.Close() })
	for p.Standing().Since == 0 { // so that the order of starts is the order of readiness
		time.Sleep(time.Millisecond)
	}
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

func TestALeaderThatWasFrozenAsksBeforeItLeadsOn(t *testing.T) {
	s := newSite(t, 2)
	s.becomes("b-0")
	frozen := s.brokers[0]
	frozen.Election.mutex.Lock() // neither decides nor answers
	s.brokers = s.brokers[1:]
	s.becomes("b-1")
	s.brokers = append(s.brokers, frozen)
	frozen.Election.mutex.Unlock()
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

// As in a rolling update: the pod that leads was replaced a moment ago, so its address is another one than it was.
func TestAReplacedBrokerDoesNotLeadByAnAnswerFromBeforeItWasReady(t *testing.T) {
	s := newSite(t, 2)
	s.becomes("b-0")
	old := s.brokers[0]
	s.remembers("b-0", old.address, "127.0.0.1:1") // b-1 at the address of its predecessor
	s.remembers("b-1", old.address, s.brokers[1].address)
	old.stop()
	old.server.Close()
	s.brokers = s.brokers[1:]
	s.becomes("b-1")
	s.brokers = append(s.brokers, s.start(0, ""))
	s.becomes("b-1")
}

func TestABrokerLearnsOfTheLeaderFromItsQuestions(t *testing.T) {
	s := newSite(t, 1)
	s.becomes("b-0")
	// The new one is told of nobody but itself.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	s.remembers("b-1", address)
	s.brokers = append(s.brokers, s.start(1, address))
	s.becomes("b-0")
}

// As at the end of a rolling update: the name service does not know yet who was replaced before the leader was.
func TestBrokersThatTheLeaderKnewFollowItAlthoughTheNameServiceKnowsNeither(t *testing.T) {
	s := newSite(t, 1)
	s.becomes("b-0")
	first := s.brokers[0]
	for ordinal, name := range []string{"", "b-1", "b-2"} {
		if name == "" {
			continue
		}
		s.remembers(name, first.address)
		s.brokers = append(s.brokers, s.start(ordinal, ""))
		time.Sleep(50 * time.Millisecond) // b-1 is ready for longer
	}
	s.becomes("b-0")
	first.stop()
	first.server.Close()
	s.brokers = s.brokers[1:]
	s.becomes("b-1")
}

func TestWhoHasBeenReadyForLongestComesFirst(t *testing.T) {
	s := newSite(t, 2)
	s.becomes("b-0")
	set := func(broker *participant, ready bool) {
		broker.mutex.Lock()
		broker.ready = ready
		broker.mutex.Unlock()
	}
	set(s.brokers[0], false)
	s.becomes("b-1")
	s.brokers = append(s.brokers, s.start(2, ""))
	time.Sleep(100 * time.Millisecond)
	set(s.brokers[0], true) // back after b-2 came
	time.Sleep(100 * time.Millisecond)
	set(s.brokers[1], false)
	s.becomes("b-2")
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
