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
	// Ready and Leading are what it last said of itself; both are false for a peer that is gone.
	Ready   bool
	Leading bool
}

// Self is what a broker knows about itself.
type Self struct {
	Ordinal int
	Ready   bool
	Leading bool
	// Visible says that the name service lists this broker. One that it does not list yet may not see the others either.
	Visible bool
}

// Decide says whether the broker leads from now on, and why. A leader keeps its lead while it is ready, whoever comes back:
// moving the clients again would help nobody. Two that lead at once are settled in favour of the lower ordinal.
func Decide(self Self, peers []Peer) (leads bool, reason string) {
	if !self.Ready {
		return false, "this broker is not ready"
	}
	for _, peer := range peers {
		if peer.Leading && (!self.Leading || peer.Ordinal < self.Ordinal) {
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
		case peer.Ready && peer.Ordinal < self.Ordinal:
			return false, peer.Name + " comes first, and is about to lead"
		}
	}
	return true, "this broker is the first that is ready"
}
