package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// made is an archive whose checksum and clock depend on when it was made.
func archived(t *testing.T, file string, checksum uint32, clock uint64, rest byte) string {
	t.Helper()
	content := bytes.Repeat([]byte{7}, archiveHeader+32)
	binary.NativeEndian.PutUint32(content[4:], checksum)
	binary.NativeEndian.PutUint64(content[archiveHeader+8:], clock)
	content[archiveHeader+20] = rest
	path := filepath.Join(t.TempDir(), file)
	put(t, path, string(content), 0o644)
	return path
}

func TestArchivesThatDifferInTheirTimeOnlyBecomeOne(t *testing.T) {
	var results [][]byte
	for _, times := range [][2]uint64{{100, 2000}, {70_000, 71_000}} {
		result := filepath.Join(t.TempDir(), "r")
		if err := timeless(archived(t, "a", uint32(times[0]), times[0], 1), archived(t, "b", uint32(times[1]), times[1], 1), result); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(result)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, content)
	}
	if !bytes.Equal(results[0], results[1]) {
		t.Error("they differ")
	}
}

func TestArchivesThatDifferOtherwiseAreRefused(t *testing.T) {
	result := filepath.Join(t.TempDir(), "r")
	same := archived(t, "a", 1, 100, 1)
	for why, other := range map[string]string{
		"another word":           archived(t, "b", 1, 200, 2),
		"a clock that goes back": archived(t, "b", 1, 50, 1),
		"a pointer":              archived(t, "b", 1, 0x8_00a4_e0c0, 1),
		"nothing":                archived(t, "b", 1, 0, 1),
	} {
		if err := timeless(same, other, result); err == nil {
			t.Errorf("%s passes", why)
		}
	}
	if err := timeless(archived(t, "a", 1, 0, 1), archived(t, "b", 1, 100, 1), result); err == nil {
		t.Error("what was nothing before passes")
	}
	short := filepath.Join(t.TempDir(), "s")
	put(t, short, "x", 0o644)
	if err := timeless(same, short, result); err == nil {
		t.Error("another length passes")
	}
}
