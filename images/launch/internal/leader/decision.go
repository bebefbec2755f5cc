// Package leader lets exactly one ready broker of a release say that it leads, by asking the others. It holds while all
// brokers reach each other; brokers that do not can each lead their part until they meet again. A decision that survives a
// partition needs consensus, which is not the business of this package.
package leader

// Peer is what is known about another broker.
type Peer struct {
	Name    string
	Ordinal int
	// Known is false until it answered once, or was found to be gone.
	Known bool
	// Ready, Leading and Visible are what it last said of itself; all are false for a peer that is gone.
	Ready   bool
	Leading bool
	Visible bool
	// Since is when it became ready, by its own clock, in milliseconds since 1970.
	Since int64
}

// Self is what a broker knows about itself.
type Self struct {
	Ordinal int
	Ready   bool
	Leading bool
	// Visible says that the name service lists this broker, or that one which is visible itself knows it. One that is not yet
	// may not see the others either.
	Visible bool
	Since   int64
}

// first says whether the peer precedes this broker: who has been ready for longest, because HAProxy and the name service know
// its address best, and of two alike the lower ordinal. Every broker judges by the same announced numbers, so all agree.
func (p Peer) first(self Self) bool {
	return p.Since < self.Since || p.Since == self.Since && p.Ordinal < self.Ordinal
}

// Decide says whether the broker leads from now on, and why. A leader keeps its lead while it is ready, whoever comes back:
// moving the clients again would help nobody. Two that lead at once are settled in favour of the one that comes first.
func Decide(self Self, peers []Peer) (leads bool, reason string) {
	if !self.Ready {
		return false, "this broker is not ready"
	}
	for _, peer := range peers {
		if peer.Leading && (!self.Leading || peer.first(self)) {
			return false, peer.Name + " leads"
		}
	}
	if self.Leading {
		return true, "this broker leads"
	}
	if !self.Visible {
		return false, "the name service does not list this broker yet"
	}
	for _, peer := range peers {
		switch {
		case !peer.Known:
			return false, peer.Name + " has not answered yet, and may lead"
		case peer.Ready && peer.Visible && peer.first(self):
			return false, peer.Name + " comes first, and is about to lead"
		}
	}
	return true, "this broker is the first that is ready"
}
