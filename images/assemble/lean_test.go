package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAJarLosesTheLibrariesOfOtherSystemsAndNothingElse(t *testing.T) {
	folder := t.TempDir()
	jar := filepath.Join(folder, "store.jar")
	file, err := os.Create(jar)
	if err != nil {
		t.Fatal(err)
	}
	into := zip.NewWriter(file)
	for name, content := range map[string]string{"a/A.class": "class", "native/x/lib.so": "for x", "native/y/lib.so": "for y"} {
		entry, err := into.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		entry.Write([]byte(content))
	}
	into.Close()
	file.Close()
	results := [2][]byte{}
	for i := range results {
		result, library := filepath.Join(folder, "lean.jar"), filepath.Join(folder, "lib.so")
		if err := lean(jar, result, "native/", "native/y/lib.so", library); err != nil {
			t.Fatal(err)
		}
		if content, err := os.ReadFile(library); err != nil || string(content) != "for y" {
			t.Errorf("the library is %q, %v", content, err)
		}
		read, err := zip.OpenReader(result)
		if err != nil {
			t.Fatal(err)
		}
		if len(read.File) != 1 || read.File[0].Name != "a/A.class" {
			t.Errorf("%d files are left", len(read.File))
		}
		read.Close()
		results[i], _ = os.ReadFile(result)
	}
	if !bytes.Equal(results[0], results[1]) {
		t.Error("the second time it is another jar")
	}
	if err := lean(jar, filepath.Join(folder, "x.jar"), "native/", "native/z/lib.so", filepath.Join(folder, "z")); err == nil || !strings.Contains(err.Error(), "native/z/lib.so") {
		t.Errorf("a library that is not there: %v", err)
	}
}
