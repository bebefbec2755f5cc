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
	"slices"
	"strings"
	"time"
)

// Folders calls changed each time that what is in the folders has changed and stayed the same for one interval: Kubernetes
// swaps all files at once, but a person with an editor does not. Folders that change together are told together.
func Folders(ctx context.Context, folders []string, interval time.Duration, changed func(folders []string)) {
	told := fingerprints(folders)
	seen := slices.Clone(told)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := fingerprints(folders)
		// A folder that cannot be read at this moment is between two states.
		settled := slices.Equal(now, seen) && !slices.Contains(now, unreadable)
		seen = now
		var which []string
		for i, folder := range folders {
			if now[i] != told[i] {
				which = append(which, folder)
			}
		}
		if settled && len(which) > 0 {
			told = now
			changed(which)
		}
	}
}

func fingerprints(folders []string) []string {
	found := make([]string, 0, len(folders))
	for _, folder := range folders {
		found = append(found, fingerprint(folder))
	}
	return found
}

const unreadable = ""

// fingerprint tells two contents of a folder apart by names and bytes, so that a resync which changes nothing is no change.
func fingerprint(folder string) string {
	sum := sha256.New()
	if err := addFolder(sum, folder); err != nil {
		return unreadable
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// addFolder leaves out names that begin with "..": they are Kubernetes' own bookkeeping.
func addFolder(sum io.Writer, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "..") {
			continue
		}
		if err := add(sum, filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return nil
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
	switch {
	case about.IsDir():
		return addFolder(sum, path)
	case about.Mode().IsRegular():
		_, err = io.Copy(sum, file)
		return err
	default:
		return nil
	}
}
