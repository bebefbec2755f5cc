package peers

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
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
