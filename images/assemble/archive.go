package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

const (
	archiveHeader  = 4096 // the checksums in it cover what is taken out; the virtual machine looks at them only when asked to
	mostWords      = 4096 // in which two archives may differ
	differentTimes = 16
	longest        = 600_000 // milliseconds between the making of the two
)

// timeless makes one archive of Java classes (CDS) of two that were made alike, one after the other. They differ in when they
// were made: each SoftReference in them holds a clock. These words become zero. Any other difference is an error.
func timeless(first, second, result string) error {
	a, err := os.ReadFile(first)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(second)
	if err != nil {
		return err
	}
	if len(a) != len(b) || len(a) < archiveHeader {
		return fmt.Errorf("two archives of the same classes have %d and %d bytes", len(a), len(b))
	}
	for at := 0; at < archiveHeader; at += 4 {
		if binary.NativeEndian.Uint32(a[at:]) != binary.NativeEndian.Uint32(b[at:]) {
			clear(a[at : at+4])
		}
	}
	words, times := 0, map[uint64]bool{}
	for at := archiveHeader; at+8 <= len(a); at += 8 {
		before, after := binary.NativeEndian.Uint64(a[at:]), binary.NativeEndian.Uint64(b[at:])
		if before == after {
			continue
		}
		// A clock in milliseconds, read now and then.
		if before == 0 || after < before || after-before > longest {
			return fmt.Errorf("two archives of the same classes differ at byte %d by more than the time: %#x and %#x", at, before, after)
		}
		words++
		times[before] = true
		if words > mostWords || len(times) > differentTimes {
			return errors.New("two archives of the same classes differ everywhere")
		}
		clear(a[at : at+8])
	}
	return os.WriteFile(result, a, 0o644)
}
