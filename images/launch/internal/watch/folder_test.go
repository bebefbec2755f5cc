package watch

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const interval = 10 * time.Millisecond

func watched(t *testing.T) (folder string, changes chan string) {
	folder = t.TempDir()
	version(t, folder, "..1", "old")
	if err := os.Symlink("..data/tls.crt", filepath.Join(folder, "tls.crt")); err != nil {
		t.Fatal(err)
	}
	changes = make(chan string, 10)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go Folders(ctx, []string{folder, t.TempDir()}, interval, func(changed []string) { changes <- strings.Join(changed, " and ") })
	time.Sleep(5 * interval)
	return folder, changes
}

// version publishes a content as kubelet does: a new folder, and a link that is swapped.
func version(t *testing.T, folder, name, content string) {
	t.Helper()
	write(t, filepath.Join(folder, name, "tls.crt"), content)
	if err := os.Symlink(name, filepath.Join(folder, "..data_tmp")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(folder, "..data_tmp"), filepath.Join(folder, "..data")); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func once(t *testing.T, changes chan string, folder string) {
	t.Helper()
	select {
	case changed := <-changes:
		if changed != folder {
			t.Errorf("%s changed, not %s", changed, folder)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("nothing was noticed")
	}
	never(t, changes)
}

func never(t *testing.T, changes chan string) {
	t.Helper()
	select {
	case <-changes:
		t.Fatal("a change was told that is none")
	case <-time.After(10 * interval):
	}
}

func TestASwappedSecretIsToldOnce(t *testing.T) {
	folder, changes := watched(t)
	version(t, folder, "..2", "new")
	once(t, changes, folder)
	version(t, folder, "..3", "newer")
	once(t, changes, folder)
}

func TestASwapToTheSameContentIsNoChange(t *testing.T) {
	folder, changes := watched(t)
	version(t, folder, "..2", "old")
	never(t, changes)
}

func TestAFileThatAppearsOrGoesIsAChange(t *testing.T) {
	folder, changes := watched(t)
	write(t, filepath.Join(folder, "ca.crt"), "ca")
	once(t, changes, folder)
	os.Remove(filepath.Join(folder, "ca.crt"))
	once(t, changes, folder)
}

func TestAFolderBetweenTwoStatesIsNotTold(t *testing.T) {
	folder, changes := watched(t)
	os.Remove(filepath.Join(folder, "..data")) // tls.crt leads nowhere
	never(t, changes)
	version(t, folder, "..2", "new")
	once(t, changes, folder)
}

func TestWritesInARowAreGathered(t *testing.T) {
	folder, changes := watched(t)
	const writes = 40
	for i := range writes {
		write(t, filepath.Join(folder, "haproxy.cfg"), strings.Repeat("x", i))
		time.Sleep(interval / 4)
	}
	time.Sleep(10 * interval)
	// A busy machine pauses between two writes; it does not pause between all of them.
	if told := len(changes); told < 1 || told > writes/4 {
		t.Errorf("%d writes were told as %d changes", writes, told)
	}
}

func TestAFolderInAWatchedFolderIsWatchedAsWell(t *testing.T) {
	folder, changes := watched(t)
	write(t, filepath.Join(folder, "..1", "tls", "tls.pem"), "old")
	if err := os.Symlink("..data/tls", filepath.Join(folder, "tls")); err != nil {
		t.Fatal(err)
	}
	once(t, changes, folder)
	write(t, filepath.Join(folder, "..2", "tls", "tls.pem"), "new")
	version(t, folder, "..2", "old")
	once(t, changes, folder)
}

func TestFoldersThatChangeTogetherAreToldTogether(t *testing.T) {
	outer := t.TempDir()
	inner := filepath.Join(outer, "tls")
	write(t, filepath.Join(inner, "tls.pem"), "old")
	changes := make(chan string, 10)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go Folders(ctx, []string{outer, inner}, interval, func(changed []string) { changes <- strings.Join(changed, " and ") })
	time.Sleep(5 * interval)
	write(t, filepath.Join(inner, "tls.pem"), "new")
	once(t, changes, outer+" and "+inner)
}
