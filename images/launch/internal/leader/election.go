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
	decided time.Time
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
		asked.misses, asked.Peer = 0, said.Peer
		for _, other := range said.peers {
			e.add(ctx, other, false)
		}
		// What it knows is known here now, and it knows this broker.
		e.visible = e.visible || !e.since.IsZero() && said.Visible && slices.ContainsFunc(said.peers, e.settings.Own)
		return
	}
	asked.misses++
	if errors.Is(err, syscall.ECONNREFUSED) {
		asked.misses = e.settings.Misses
	}
	if asked.misses >= e.settings.Misses {
		asked.Peer = Peer{Name: asked.Name, Ordinal: asked.Ordinal, Known: true}
	}
}

// statement is what a peer says of itself, and the addresses of others that it heard from just now.
type statement struct {
	Peer
	peers []string
}

func (e *Election) question(ctx context.Context, address string) (statement, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/leader", nil)
	if err != nil {
		return statement{}, err
	}
	request.Header.Set(peerPort, e.settings.Port)
	response, err := e.client.Do(request)
	if err != nil {
		return statement{}, err
	}
	defer response.Body.Close()
	var answer struct {
		Name          string
		Ready, Leader bool
		Standing
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(&answer); err != nil {
		return statement{}, err
	}
	ordinal, err := Ordinal(answer.Name)
	if err != nil {
		return statement{}, err
	}
	return statement{Peer{
		Name: answer.Name, Ordinal: ordinal, Known: true,
		// One that does not say since when is not ready for this purpose: it has only just become so.
		Ready: answer.Ready && answer.Since > 0, Leading: answer.Leader, Visible: answer.Visible, Since: answer.Since,
	}, answer.Peers}, nil
}

// Standing is what other brokers want to know beside whether this one is ready and leads.
type Standing struct {
	// Since is when this broker became ready, in milliseconds since 1970; 0 while it is not.
	Since int64 `json:"since,omitempty"`
	// Visible says that this broker may lead.
	Visible bool `json:"visible,omitempty"`
	// Peers are the health endpoints of the brokers that answer this one, by which others find them before the name service
	// knows them.
	Peers []string `json:"peers,omitempty"`
}

// Standing of this broker at present.
func (e *Election) Standing() Standing {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	standing := Standing{Visible: e.visible}
	if !e.since.IsZero() {
		standing.Since = e.since.UnixMilli()
	}
	for address, known := range e.peers {
		if known.Known && known.misses == 0 {
			standing.Peers = append(standing.Peers, address)
		}
	}
	return standing
}

func (e *Election) decide() {
	ready, _ := e.settings.Ready()
	e.mutex.Lock()
	now := time.Now()
	if !e.decided.IsZero() && now.Sub(e.decided) > time.Duration(e.settings.Misses)*e.settings.Timeout {
		// This pod was frozen for so long that the others took it for gone: it asks before it goes on leading.
		e.leading = false
		for _, known := range e.peers {
			known.Known, known.Leading, known.misses = false, false, 0
		}
	}
	e.decided = now
	switch {
	case !ready:
		e.since = time.Time{}
	case e.since.IsZero():
		e.since = now
	}
	peers := make([]Peer, 0, len(e.peers))
	for _, known := range e.peers {
		peers = append(peers, known.Peer)
	}
	e.visible = e.visible || ready && now.Sub(e.since) > e.settings.Patience
	self := Self{
		Ordinal: e.settings.Ordinal,
		Ready:   ready,
		Leading: e.leading,
		Visible: e.visible,
		Since:   e.since.UnixMilli(),
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
