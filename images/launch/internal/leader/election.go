package leader

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

// peerPort is the header in which a broker that asks says where it is asked itself.
const peerPort = "Mosquitto-Peer-Port"

// Settings of an Election. All are needed.
type Settings struct {
	Name     string // of this pod
	Ordinal  int
	Port     string                    // of the health endpoints, of this broker and of all others
	Own      func(address string) bool // whether this host and port is this broker's
	Lookup   Lookup
	Ready    func() (bool, string) // whether this broker serves
	Poll     time.Duration         // between two questions to a peer
	Timeout  time.Duration         // of one question
	Misses   int                   // unanswered questions in a row after which a peer is gone
	Refresh  time.Duration         // between two looks into the name service
	Patience time.Duration         // after which a ready broker that the name service does not list leads nevertheless
	Log      func(string)
}

// Election keeps asking the peers and knows whether this broker leads.
type Election struct {
	settings Settings
	client   *http.Client

	mutex   sync.Mutex
	since   time.Time // when this broker became ready; zero while it is not
	peers   map[string]*peer
	visible bool
	leading bool
	reason  string
}

type peer struct {
	Peer
	listed bool
	misses int
	stop   context.CancelFunc
}

// NewElection does not begin before Run.
func NewElection(settings Settings) *Election {
	return &Election{
		settings: settings,
		client: &http.Client{Timeout: settings.Timeout, Transport: &http.Transport{
			MaxIdleConnsPerHost: 1,
			IdleConnTimeout:     10 * time.Second,
		}},
		peers:  map[string]*peer{},
		reason: "the other brokers have not been asked yet",
	}
}

// Leads says whether this broker leads, and why or why not.
func (e *Election) Leads() (bool, string) {
	ready, why := e.settings.Ready()
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if !ready { // at once, without waiting for the next turn
		return false, why
	}
	return e.leading, e.reason
}

// Run asks until the context ends.
func (e *Election) Run(ctx context.Context) {
	go every(ctx, e.settings.Refresh, func() { e.look(ctx) })
	every(ctx, e.settings.Poll, e.decide)
}

func every(ctx context.Context, interval time.Duration, act func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		act()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Heard takes in a broker that asked this one, whether or not the name service knows its address already: the name service is
// some seconds behind when a pod is replaced, and two brokers that each take the other for gone would both lead.
func (e *Election) Heard(ctx context.Context, request *http.Request) {
	port := request.Header.Get(peerPort)
	if port == "" {
		return
	}
	host, _, err := net.SplitHostPort(request.RemoteAddr)
	if err != nil {
		return
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.add(ctx, net.JoinHostPort(host, port), false)
}

// look brings the list of peers up to date. A name service that fails takes nobody from the list, and neither does one that
// no longer lists a peer which still answers: it may well lead.
func (e *Election) look(ctx context.Context) {
	looking, cancel := context.WithTimeout(ctx, max(2*e.settings.Refresh, time.Second))
	defer cancel()
	found, err := e.settings.Lookup(looking)
	if err != nil {
		return
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	// Who lists this broker's present address was written after it became ready, and so lists whoever was ready before.
	e.visible = e.visible || slices.ContainsFunc(found, e.settings.Own)
	for address, known := range e.peers {
		known.listed = slices.Contains(found, address)
		if !known.listed && known.Known && !known.Ready && known.misses >= e.settings.Misses {
			known.stop()
			delete(e.peers, address)
		}
	}
	for _, address := range found {
		e.add(ctx, address, true)
	}
}

// add is called with the mutex held.
func (e *Election) add(ctx context.Context, address string, listed bool) {
	if e.peers[address] != nil || e.settings.Own(address) {
		return
	}
	asking, stop := context.WithCancel(ctx)
	added := &peer{Peer: Peer{Name: address}, listed: listed, stop: stop}
	e.peers[address] = added
	go every(asking, e.settings.Poll, func() { e.ask(asking, address, added) })
}

// ask puts one question to one peer. A refused connection is an answer: nothing runs there.
func (e *Election) ask(ctx context.Context, address string, asked *peer) {
	said, err := e.question(ctx, address)
	if ctx.Err() != nil {
		return
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if err == nil {
		asked.misses, asked.Peer = 0, said
		return
	}
	asked.misses++
	if errors.Is(err, syscall.ECONNREFUSED) {
		asked.misses = e.settings.Misses
	}
	if asked.misses >= e.settings.Misses {
		asked.Known, asked.Ready, asked.Leading = true, false, false
	}
}

func (e *Election) question(ctx context.Context, address string) (Peer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/leader", nil)
	if err != nil {
		return Peer{}, err
	}
	request.Header.Set(peerPort, e.settings.Port)
	response, err := e.client.Do(request)
	if err != nil {
		return Peer{}, err
	}
	defer response.Body.Close()
	var answer struct {
		Name          string
		Ready, Leader bool
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(&answer); err != nil {
		return Peer{}, err
	}
	ordinal, err := Ordinal(answer.Name)
	if err != nil {
		return Peer{}, err
	}
	return Peer{Name: answer.Name, Ordinal: ordinal, Known: true, Ready: answer.Ready, Leading: answer.Leader}, nil
}

func (e *Election) decide() {
	ready, _ := e.settings.Ready()
	e.mutex.Lock()
	switch {
	case !ready:
		e.since = time.Time{}
	case e.since.IsZero():
		e.since = time.Now()
	}
	peers := make([]Peer, 0, len(e.peers))
	for _, known := range e.peers {
		peers = append(peers, known.Peer)
	}
	self := Self{
		Ordinal: e.settings.Ordinal,
		Ready:   ready,
		Leading: e.leading,
		Visible: e.visible || ready && time.Since(e.since) > e.settings.Patience,
	}
	leads, reason := Decide(self, peers)
	turned := leads != e.leading
	e.leading, e.reason = leads, reason
	e.mutex.Unlock()
	if turned && leads {
		e.settings.Log("this broker leads now: " + reason)
	} else if turned {
		e.settings.Log("this broker no longer leads: " + reason)
	}
}
