// Package watch notices when the files of a folder change. It looks instead of being told: a mounted Secret or ConfigMap
// changes minutes after its object does, so a second more is nothing, and a node has few inotify instances to give away.
package watch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Folders calls changed with a folder's name each time that what is in the folder has changed and stayed the same for one
// interval: Kubernetes swaps all files at once, but a person with an editor does not.
func Folders(ctx context.Context, folders []string, interval time.Duration, changed func(folder string)) {
	for _, folder := range folders {
		go follow(ctx, folder, interval, changed)
	}
}

func follow(ctx context.Context, folder string, interval time.Duration, changed func(string)) {
	told := fingerprint(folder)
	seen := told
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := fingerprint(folder)
		settled := now == seen
		seen = now
		// A folder that cannot be read at this moment is between two states.
		if settled && now != told && now != unreadable {
			told = now
			changed(folder)
		}
	}
}

const unreadable = ""

// fingerprint tells two contents of a folder apart by names and bytes, so that a resync which changes nothing is no change.
// Names that begin with ".." are Kubernetes' own bookkeeping.
func fingerprint(folder string) string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return unreadable
	}
	sum := sha256.New()
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "..") {
			continue
		}
		if err := add(sum, filepath.Join(folder, entry.Name())); err != nil {
			return unreadable
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

func add(sum io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "%q %d\n", path, about.Size())
	if !about.Mode().IsRegular() {
		return nil
	}
	_, err = io.Copy(sum, file)
	return err
}
