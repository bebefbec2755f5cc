package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// unpacked makes what images/build hands over: one package with a program, a licence, and certificates of another.
func unpacked(t *testing.T) task {
	t.Helper()
	folder := t.TempDir()
	root := filepath.Join(folder, "in", "tool", "root")
	put(t, filepath.Join(root, "usr/bin/tool"), "a program", 0o4755)
	put(t, filepath.Join(root, "usr/bin/sh"), "a shell", 0o755)
	put(t, filepath.Join(root, "usr/lib/x86_64-linux-gnu/libother.so.1"), "not asked for", 0o644)
	put(t, filepath.Join(root, "usr/lib/x/tree/deep/data"), "data", 0o644)
	jar(t, filepath.Join(root, "usr/lib/x/tree/some-lib-1.2.jar"), map[string]string{
		"META-INF/maven/org.example/some-lib/pom.xml": "<project xmlns=\"x\"><licenses><license><name>EPL 2.0</name></license></licenses></project>"})
	jar(t, filepath.Join(root, "usr/lib/x/tree/plain-3.jar"), nil)
	put(t, filepath.Join(folder, "in", "tool", "components.tsv"), "java\t25.0.3+9\tpkg:generic/openjdk@25.0.3%2B9\tGPL-2.0-only WITH Classpath-exception-2.0\ta runtime\n", 0o644)
	put(t, filepath.Join(root, "usr/share/doc/tool/copyright"), "Format: x\nLicense: MIT\n text\nLicense: GPL-2+\n", 0o644)
	put(t, filepath.Join(root, "usr/share/doc/ca-certificates/copyright"), "free text\n", 0o644)
	put(t, filepath.Join(root, "usr/share/ca-certificates/mozilla/b.crt"), "B\n", 0o644)
	put(t, filepath.Join(root, "usr/share/ca-certificates/mozilla/a.crt"), "A", 0o644)
	put(t, filepath.Join(folder, "in", "tool", "files", "tool"), "./usr/bin/tool\n", 0o644)
	put(t, filepath.Join(folder, "in", "tool", "files", "ca-certificates"), "./usr/share/ca-certificates/mozilla/a.crt\n", 0o644)
	put(t, filepath.Join(folder, "in", "tool", "files", "shell"), "./bin/sh\n", 0o644)
	put(t, filepath.Join(folder, "in", "tool", "packages.tsv"), ""+
		"tool\t1:2.0-1+b1\tamd64\ttool-src\taa\thttps://tool.example\tforky\n"+
		"shell\t1\tamd64\tshell\tbb\t\tforky\n"+
		"ca-certificates\t3\tall\tca-certificates\tcc\t\tforky\n", 0o644)
	put(t, filepath.Join(folder, "tool.json"), `{"repository":"example.org/tool","title":"T","description":"D","licenses":"MIT","main":"tool",
		"keep":["/usr/bin/tool"],"links":{"/opt/lib":"${multiarch}/x"},"folders":{"/data":"0775"},"user":"tool","command":["serve"],"ports":["1/tcp"],
		"trees":["/usr/lib/x/tree"],"layers":[{"by":"the tree","paths":["/usr/lib/x"]}],"largest":60000000}`, 0o644)
	program, err := os.Executable() // any Go program tells what it is built from
	if err != nil {
		t.Fatal(err)
	}
	return task{work: filepath.Join(folder, "in"), out: filepath.Join(folder, "out"), launch: program, version: "9.9.9", architecture: "amd64", created: time.Unix(1_700_000_000, 0).UTC()}
}

func jar(t *testing.T, path string, files map[string]string) {
	t.Helper()
	var content bytes.Buffer
	into := zip.NewWriter(&content)
	for name, text := range files {
		entry, err := into.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(entry, text)
	}
	if err := into.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, path, content.String(), 0o644)
}

func put(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	bits := mode & 0o777
	if mode&0o4000 != 0 {
		bits |= os.ModeSetuid
	}
	if err := os.Chmod(path, bits); err != nil {
		t.Fatal(err)
	}
}

func assembled(t *testing.T, from task) map[string][]byte {
	t.Helper()
	definition := filepath.Join(filepath.Dir(from.work), "tool.json")
	another := filepath.Join(filepath.Dir(from.work), "another.json")
	content, err := os.ReadFile(definition)
	if err != nil {
		t.Fatal(err)
	}
	put(t, another, strings.ReplaceAll(string(content), "example.org/tool", "example.org/another"), 0o644)
	if err := os.CopyFS(filepath.Join(from.work, "another"), os.DirFS(filepath.Join(from.work, "tool"))); err != nil {
		t.Fatal(err)
	}
	if err := from.run([]string{"tool=" + definition, "another=" + another}); err != nil {
		t.Fatal(err)
	}
	results := map[string][]byte{}
	for _, file := range []string{"mosquitto-ha-images-9.9.9.tar", "tool-9.9.9.cdx.json", "images.json", "oci/index.json"} {
		content, err := os.ReadFile(filepath.Join(from.out, file))
		if err != nil {
			t.Fatal(err)
		}
		results[file] = content
	}
	return results
}

func TestTheSameInputsGiveTheSameBytes(t *testing.T) {
	first, second := assembled(t, unpacked(t)), assembled(t, unpacked(t))
	for file, content := range first {
		if !bytes.Equal(content, second[file]) {
			t.Errorf("%s differs", file)
		}
	}
}

func TestTheBundleHoldsAWholeImageUnderItsName(t *testing.T) {
	from := unpacked(t)
	assembled(t, from)
	tag := name.MustParseReference("example.org/tool:9.9.9").(name.Tag)
	image, err := tarball.ImageFromPath(filepath.Join(from.out, "mosquitto-ha-images-9.9.9.tar"), &tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		t.Error(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "10001:0" || config.Config.Entrypoint[0] != "/usr/bin/launch" || config.Config.Labels["org.opencontainers.image.version"] != "9.9.9" || config.Config.Labels["io.mosquittoha.tool"] != "1:2.0-1+b1" {
		t.Errorf("%+v", config.Config)
	}
}

func TestAnImageHasWhatItNamesAndNothingElse(t *testing.T) {
	from := unpacked(t)
	assembled(t, from)
	root := filepath.Join(from.out, "rootfs", "tool")
	about, err := os.Stat(filepath.Join(root, "usr/bin/tool"))
	if err != nil || about.Mode() != 0o755 {
		t.Errorf("the program has mode %v: %v", about.Mode(), err)
	}
	for _, absent := range []string{"usr/bin/sh", "usr/lib/x86_64-linux-gnu/libother.so.1", "usr/share/doc/shell"} {
		if _, err := os.Lstat(filepath.Join(root, absent)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is in it", absent)
		}
	}
	trusted, _ := os.ReadFile(filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
	if string(trusted) != "A\nB\n" {
		t.Errorf("trusted are %q", trusted)
	}
	if target, _ := os.Readlink(filepath.Join(root, "opt/lib")); target != "x86_64-linux-gnu/x" {
		t.Errorf("the link leads to %q", target)
	}
}

func TestAllBelongsToRootAndHasOneTime(t *testing.T) {
	from := unpacked(t)
	assembled(t, from)
	var layer bytes.Buffer
	into := tar.NewWriter(&layer)
	if err := addTree(into, filepath.Join(from.out, "rootfs", "tool"), from, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	read := tar.NewReader(&layer)
	last := ""
	for {
		entry, err := read.Next()
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if entry.Uid != 0 || entry.Gid != 0 || entry.Uname != "" || !entry.ModTime.Equal(from.created) || entry.Mode&0o6000 != 0 {
			t.Errorf("%s: %+v", entry.Name, entry)
		}
		if entry.Name == "data/" && entry.Mode != 0o775 || entry.Name == "tmp/" && entry.Mode != 0o1777 {
			t.Errorf("%s has mode %o", entry.Name, entry.Mode)
		}
		last = entry.Name
	}
	if last == "" {
		t.Error("there is nothing in it")
	}
}

func TestTheBillListsThePackagesThatAreInTheImage(t *testing.T) {
	bill := string(assembled(t, unpacked(t))["tool-9.9.9.cdx.json"])
	for _, listed := range []string{`pkg:deb/debian/tool@1%3A2.0-1%2Bb1?arch=amd64`, `pkg:deb/debian/ca-certificates@3`, `"GPL-2+"`, `pkg:maven/org.example/some-lib@1.2`, `"EPL 2.0"`, `pkg:generic/plain@3`, `pkg:generic/openjdk@25.0.3%2B9`, `pkg:golang/stdlib@`, `"CycloneDX"`} {
		if !strings.Contains(strings.ReplaceAll(bill, `\u0026`, "&"), listed) {
			t.Errorf("%s is not in it", listed)
		}
	}
	if strings.Contains(bill, "debian/shell") {
		t.Error("a package of which nothing is in the image is in it")
	}
}

func TestWhatChangesByItselfIsInALayerOfItsOwn(t *testing.T) {
	from := unpacked(t)
	assembled(t, from)
	tag := name.MustParseReference("example.org/tool:9.9.9").(name.Tag)
	image, err := tarball.ImageFromPath(filepath.Join(from.out, "mosquitto-ha-images-9.9.9.tar"), &tag)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]bool{
		{"usr/bin/tool": true, "usr/lib/x/tree/deep/data": false, "usr/bin/launch": false},
		{"usr/bin/tool": false, "usr/lib/": true, "usr/lib/x/tree/deep/data": true, "usr/bin/launch": false},
		{"usr/bin/tool": false, "usr/lib/x/tree/deep/data": false, "usr/bin/launch": true},
	}
	if len(layers) != len(want) {
		t.Fatalf("%d layers", len(layers))
	}
	for i, layer := range layers {
		opened, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for read := tar.NewReader(opened); ; {
			entry, err := read.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			names[entry.Name] = true
		}
		for file, is := range want[i] {
			if names[file] != is {
				t.Errorf("layer %d has %s: %v", i, file, names[file])
			}
		}
	}
}

func TestTheFilesToRunHaveTheTimeThatTheyHaveInTheImage(t *testing.T) {
	from := unpacked(t)
	assembled(t, from)
	about, err := os.Stat(filepath.Join(from.out, "rootfs", "tool", "usr/lib/x/tree/plain-3.jar"))
	if err != nil || !about.ModTime().Equal(from.created) {
		t.Errorf("%v, %v", about, err)
	}
}

func TestWhatAPackageNoLongerHasIsNamed(t *testing.T) {
	from := unpacked(t)
	os.Remove(filepath.Join(from.work, "tool", "root", "usr/bin/tool"))
	err := from.run([]string{"tool=" + filepath.Join(filepath.Dir(from.work), "tool.json")})
	if err == nil || !strings.Contains(err.Error(), "/usr/bin/tool") {
		t.Errorf("%v", err)
	}
}

func TestAnImageLargerThanPromisedIsRefused(t *testing.T) {
	from := unpacked(t)
	put(t, filepath.Join(from.work, "tool", "root", "usr/bin/tool"), strings.Repeat("x", 60_000_000), 0o755)
	err := from.run([]string{"tool=" + filepath.Join(filepath.Dir(from.work), "tool.json")})
	if err == nil || !strings.Contains(err.Error(), "promised") {
		t.Errorf("%v", err)
	}
}
