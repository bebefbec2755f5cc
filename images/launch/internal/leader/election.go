package leader

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// Settings of an Election. All are needed.
type Settings struct {
	Name     string // of this pod
	Ordinal  int
	Lookup   Lookup
	Ready    func() (bool, string) // whether this broker serves
	Poll     time.Duration         // between two questions to a peer
	Timeout  time.Duration         // of one question
	Misses   int                   // unanswered questions in a row after which a peer is gone
	Refresh  time.Duration         // between two looks into the name service
	Patience time.Duration         // after which a broker that the name service does not list leads nevertheless
	Log      func(string)
}

// Election keeps asking the peers and knows whether this broker leads.
type Election struct {
	settings Settings
	client   *http.Client

	mutex   sync.Mutex
	started time.Time
	peers   map[string]*peer
	visible bool
	leading bool
	reason  string
}

type peer struct {
	Peer
	address string
	listed  bool
	misses  int
	stop    context.CancelFunc
}

// NewElection does not begin before Run.
func NewElection(settings Settings) *Election {
	return &Election{
		settings: settings,
		client: &http.Client{Timeout: settings.Timeout, Transport: &http.Transport{
			MaxIdleConnsPerHost: 1,
			IdleConnTimeout:     10 * time.Second,
		}},
		started: time.Now(),
		peers:   map[string]*peer{},
		reason:  "the other brokers have not been asked yet",
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
	_, listed := found[e.settings.Name]
	e.visible = e.visible || listed
	for name, known := range e.peers {
		address, listed := found[name]
		known.listed = listed
		if listed && address != known.address || !listed && known.Known && !known.Ready && known.misses >= e.settings.Misses {
			known.stop()
			delete(e.peers, name)
		}
	}
	for name, address := range found {
		ordinal, err := Ordinal(name)
		if name == e.settings.Name || err != nil || e.peers[name] != nil {
			continue
		}
		asking, stop := context.WithCancel(ctx)
		added := &peer{Peer: Peer{Name: name, Ordinal: ordinal}, address: address, listed: true, stop: stop}
		e.peers[name] = added
		go every(asking, e.settings.Poll, func() { e.ask(asking, added) })
	}
}

// ask puts one question to one peer. A refused connection is an answer: nothing runs there.
func (e *Election) ask(ctx context.Context, asked *peer) {
	ready, leading, err := e.question(ctx, asked.address)
	if ctx.Err() != nil {
		return
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if err == nil {
		asked.misses, asked.Known, asked.Ready, asked.Leading = 0, true, ready, leading
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

func (e *Election) question(ctx context.Context, address string) (ready, leading bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/leader", nil)
	if err != nil {
		return false, false, err
	}
	response, err := e.client.Do(request)
	if err != nil {
		return false, false, err
	}
	defer response.Body.Close()
	var answer struct{ Ready, Leader bool }
	err = json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(&answer)
	return answer.Ready, answer.Leader, err
}

func (e *Election) decide() {
	ready, _ := e.settings.Ready()
	e.mutex.Lock()
	peers := make([]Peer, 0, len(e.peers))
	for _, known := range e.peers {
		peers = append(peers, known.Peer)
	}
	self := Self{
		Ordinal: e.settings.Ordinal,
		Ready:   ready,
		Leading: e.leading,
		Visible: e.visible || time.Since(e.started) > e.settings.Patience,
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
