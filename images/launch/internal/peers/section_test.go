package peers

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestEveryPodNamesTheOthersAlike(t *testing.T) {
	one := section(t, "10.42.0.7")
	other := section(t, "10.42.0.12")
	pods := []string{"10.42.0.12", "10.42.0.7", "10.42.0.7"}

	expect(t, one, pods, `global
  localpeer ip-10-42-0-7

peers haproxy
  bind :10000
  server ip-10-42-0-7
  server ip-10-42-0-12 10.42.0.12:10000
`)
	expect(t, other, pods, `global
  localpeer ip-10-42-0-12

peers haproxy
  bind :10000
  server ip-10-42-0-12
  server ip-10-42-0-7 10.42.0.7:10000
`)
}

func TestOnlyAnotherSetOfPodsIsAChange(t *testing.T) {
	self := section(t, "fd00::7")
	for _, step := range []struct {
		pods    []string
		changed bool
	}{
		{nil, true}, // before DNS knows anybody
		{[]string{"fd00::7"}, false},
		{[]string{"fd00::9", "fd00::7"}, true},
		{[]string{"fd00::7", "fd00::9"}, false},
		{[]string{"fd00::7", "fd00::9", "10.42.0.9"}, false}, // the other family of the same pods
		{[]string{"fd00::7"}, true},
	} {
		changed, err := self.Write(step.pods)
		if err != nil {
			t.Fatal(err)
		}
		if changed != step.changed {
			t.Errorf("%v: changed %t", step.pods, changed)
		}
	}
}

func TestWhatIsNoAddressChangesNothing(t *testing.T) {
	self := section(t, "10.42.0.7")
	if _, err := self.Write([]string{"haproxy"}); err == nil {
		t.Error("it is taken")
	}
	if _, err := os.Stat(self.File); !os.IsNotExist(err) {
		t.Errorf("something was written: %v", err)
	}
}

func TestTheFirstPodStartsAtOnceAndALaterOneWhenTheOthersKnowIt(t *testing.T) {
	interval := 40 * time.Millisecond
	for name, joining := range map[string]struct {
		answers [][]string
		atLeast time.Duration
	}{
		"first":              {[][]string{{"10.42.0.7"}}, 0},
		"later":              {[][]string{{"10.42.0.9"}, nil, {"10.42.0.9", "10.42.0.7"}}, interval},
		"not in DNS in time": {[][]string{{"10.42.0.9"}}, 10 * interval},
	} {
		t.Run(name, func(t *testing.T) {
			self := section(t, "10.42.0.7")
			asked := 0
			begun := time.Now()
			err := self.Join(context.Background(), func(context.Context) ([]string, error) {
				answer := joining.answers[min(asked, len(joining.answers)-1)]
				asked++
				if answer == nil {
					return nil, errors.New("no answer")
				}
				return answer, nil
			}, interval, 10*interval)
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begun); took < joining.atLeast {
				t.Errorf("it starts after %s", took)
			}
			if _, err := os.Stat(self.File); err != nil {
				t.Error(err)
			}
		})
	}
}

func section(t *testing.T, self string) Section {
	t.Helper()
	return Section{File: filepath.Join(t.TempDir(), "peers.cfg"), Self: netip.MustParseAddr(self)}
}

func expect(t *testing.T, section Section, pods []string, text string) {
	t.Helper()
	if _, err := section.Write(pods); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(section.File)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != text {
		t.Errorf("got\n%s\ninstead of\n%s", written, text)
	}
}
