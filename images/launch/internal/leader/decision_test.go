package leader

import (
	"fmt"
	"slices"
	"testing"
)

func TestABrokerThatIsNotReadyNeverLeads(t *testing.T) {
	for _, leading := range []bool{true, false} {
		if leads, _ := Decide(Self{Ready: false, Leading: leading, Visible: true}, nil); leads {
			t.Errorf("leads although it is not ready (led before: %t)", leading)
		}
	}
}

func TestTheOnlyBrokerLeads(t *testing.T) {
	if leads, reason := Decide(Self{Ready: true, Visible: true}, nil); !leads {
		t.Error(reason)
	}
}

func TestABrokerThatTheNameServiceDoesNotListWaits(t *testing.T) {
	if leads, _ := Decide(Self{Ready: true}, nil); leads {
		t.Error("leads although it cannot know who else does")
	}
}

func TestALeaderDoesNotGiveWayToALowerOrdinalThatOnlyIsReady(t *testing.T) {
	peers := []Peer{{Name: "b-0", Ordinal: 0, Known: true, Ready: true}}
	if leads, reason := Decide(Self{Ordinal: 2, Ready: true, Leading: true, Visible: true}, peers); !leads {
		t.Error(reason)
	}
}

func TestALeaderThatTheNameServiceForgetsStaysLeader(t *testing.T) {
	if leads, reason := Decide(Self{Ready: true, Leading: true}, nil); !leads {
		t.Error(reason)
	}
}

func TestOfTwoLeadersTheHigherOrdinalStepsDown(t *testing.T) {
	lower := Self{Ordinal: 0, Ready: true, Leading: true, Visible: true}
	higher := Self{Ordinal: 1, Ready: true, Leading: true, Visible: true}
	if leads, reason := Decide(lower, []Peer{{Name: "b-1", Ordinal: 1, Known: true, Ready: true, Leading: true}}); !leads {
		t.Error("the lower steps down: " + reason)
	}
	if leads, _ := Decide(higher, []Peer{{Name: "b-0", Ordinal: 0, Known: true, Ready: true, Leading: true}}); leads {
		t.Error("the higher keeps leading")
	}
}

func TestAPeerThatHasNotAnsweredYetMayBeTheLeader(t *testing.T) {
	if leads, _ := Decide(Self{Ordinal: 0, Ready: true, Visible: true}, []Peer{{Name: "b-2", Ordinal: 2}}); leads {
		t.Error("leads before it knows what b-2 does")
	}
}

func TestAPeerThatIsGoneIsNotWaitedFor(t *testing.T) {
	peers := []Peer{{Name: "b-0", Ordinal: 0, Known: true}, {Name: "b-2", Ordinal: 2, Known: true, Ready: true}}
	if leads, reason := Decide(Self{Ordinal: 1, Ready: true, Visible: true}, peers); !leads {
		t.Error(reason)
	}
}

// world simulates a release: brokers that see each other's state of one turn ago.
type world struct {
	brokers []*simulated
	turn    int
}

type simulated struct {
	Self
	readyFrom int // turn from which it is ready
	listed    bool
	hung      bool         // does not answer, and does not know it
	knows     map[int]bool // peers that answered before
	misses    map[int]int
}

func newWorld(readyFrom ...int) *world {
	w := &world{}
	for ordinal, turn := range readyFrom {
		w.brokers = append(w.brokers, &simulated{Self: Self{Ordinal: ordinal, Since: int64(turn)}, readyFrom: turn, knows: map[int]bool{}, misses: map[int]int{}})
	}
	return w
}

// step lets every broker take one turn at once, which is the worst case: all decide on what was.
func (w *world) step() {
	w.turn++
	was := make([]simulated, len(w.brokers))
	for i, broker := range w.brokers {
		was[i] = *broker
	}
	for i, broker := range w.brokers {
		if broker.hung {
			continue
		}
		broker.Ready = w.turn >= broker.readyFrom
		broker.listed = broker.listed || w.turn > broker.readyFrom // the name service is one turn behind
		broker.Visible = broker.Visible || was[i].listed
		var peers []Peer
		for j, other := range was {
			if i == j || !other.listed {
				continue
			}
			if other.hung {
				broker.misses[j]++
			} else {
				broker.misses[j] = 0
			}
			gone := broker.misses[j] >= 3
			peers = append(peers, Peer{
				Name: fmt.Sprintf("b-%d", j), Ordinal: j, Known: broker.knows[j] || gone,
				Ready: !gone && other.Ready, Leading: !gone && other.Leading && other.Ready,
				Visible: !gone && other.Visible, Since: other.Since,
			})
			broker.knows[j] = broker.knows[j] || !other.hung
		}
		broker.Leading, _ = Decide(broker.Self, peers)
	}
}

func (w *world) leaders() []int {
	var found []int
	for _, broker := range w.brokers {
		if broker.Leading && broker.Ready && !broker.hung {
			found = append(found, broker.Ordinal)
		}
	}
	return found
}

func (w *world) settle(t *testing.T, about string) int {
	t.Helper()
	overlap := 0
	for range 12 {
		w.step()
		if len(w.leaders()) > 1 {
			overlap++
		}
	}
	if overlap > 2 {
		t.Errorf("%s: two brokers led for %d turns", about, overlap)
	}
	leaders := w.leaders()
	if len(leaders) != 1 {
		t.Fatalf("%s: leaders are %v, not one", about, leaders)
	}
	return leaders[0]
}

func TestWhateverTheOrderOfStartsOneBrokerLeads(t *testing.T) {
	for _, order := range permutations([]int{0, 1, 2, 3}) {
		for _, gap := range []int{0, 1, 2, 3, 5} {
			starts := make([]int, len(order))
			for at, ordinal := range order {
				starts[ordinal] = 1 + at*gap
			}
			w := newWorld(starts...)
			for range 4 * gap {
				w.step()
			}
			w.settle(t, fmt.Sprintf("order %v, %d turns apart", order, gap))
		}
	}
}

func TestWhoeverFailsAnotherLeadsAndNobodyIsMovedBack(t *testing.T) {
	for _, failure := range []string{"not ready", "hung"} {
		for lost := range 3 {
			w := newWorld(1, 1, 1)
			about := fmt.Sprintf("broker %d is %s", lost, failure)
			before := w.settle(t, about)
			if before != 0 {
				t.Fatalf("%s: broker %d led at first", about, before)
			}
			broker := w.brokers[lost]
			if failure == "hung" {
				broker.hung = true
			} else {
				broker.readyFrom = w.turn + 1000
			}
			during := w.settle(t, about)
			if during == lost || lost != before && during != before {
				t.Errorf("%s: broker %d leads", about, during)
			}
			broker.hung = false
			broker.readyFrom = w.turn
			if failure != "hung" { // a restarted process remembers nothing
				broker.Leading = false
				broker.Since = int64(w.turn)
				if after := w.settle(t, about+" no longer"); after != during {
					t.Errorf("%s no longer: the clients were moved from broker %d to %d", about, during, after)
				}
				continue
			}
			w.settle(t, about+" no longer") // it still claims, and the two are settled
		}
	}
}

func permutations(of []int) [][]int {
	if len(of) <= 1 {
		return [][]int{slices.Clone(of)}
	}
	var all [][]int
	for i := range of {
		rest := slices.Delete(slices.Clone(of), i, i+1)
		for _, tail := range permutations(rest) {
			all = append(all, append([]int{of[i]}, tail...))
		}
	}
	return all
}
