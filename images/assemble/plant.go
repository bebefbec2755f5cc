package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Any user may be told to run the images; this is the one who does when nobody is told.
const userID = 10001

// plant makes the file system of an image in a folder, where tests can look at it and run its programs.
func plant(tree, source string, chosen choice, trusted []string, from packages, wanted definition) error {
	if err := os.RemoveAll(tree); err != nil {
		return err
	}
	if err := os.MkdirAll(tree, 0o755); err != nil {
		return err
	}
	for _, top := range []string{"bin", "sbin", "lib", "lib64"} {
		chosen.links["/"+top] = "usr/" + top
	}
	for _, file := range chosen.files {
		if err := copyFile(filepath.Join(source, file), filepath.Join(tree, file)); err != nil {
			return err
		}
	}
	for _, entry := range from { // the licences ask for it
		file := copyright(entry.Name)
		resolved, err := filepath.EvalSymlinks(filepath.Join(source, file))
		if err != nil {
			return fmt.Errorf("package %s has no copyright file: %w", entry.Name, err)
		}
		if err := copyFile(resolved, filepath.Join(tree, file)); err != nil {
			return err
		}
	}
	if err := plantTrust(tree, source, trusted, chosen); err != nil {
		return err
	}
	for path, target := range wanted.Links {
		chosen.links[path] = strings.TrimPrefix(strings.ReplaceAll(target, "${multiarch}", filepath.Base(chosen.libDir)), "/")
	}
	for _, path := range sortedKeys(chosen.links) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(tree, path)), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(chosen.links[path], filepath.Join(tree, path)); err != nil {
			return err
		}
	}
	if err := plantUsers(tree, wanted.User); err != nil {
		return err
	}
	folders := map[string]string{"/dev": "0755", "/proc": "0755", "/sys": "0755", "/run": "0755", "/var": "0755", "/tmp": "1777", "/usr/bin": "0755", "/usr/sbin": "0755", "/usr/lib64": "0755"}
	for path, mode := range wanted.Folders {
		folders[path] = mode
	}
	for _, path := range sortedKeys(folders) {
		bits, err := strconv.ParseUint(folders[path], 8, 12)
		if err != nil {
			return fmt.Errorf("the mode of %s: %w", path, err)
		}
		if err := os.MkdirAll(filepath.Join(tree, path), 0o755); err != nil {
			return err
		}
		mode := os.FileMode(bits & 0o777)
		if bits&0o1000 != 0 {
			mode |= os.ModeSticky
		}
		if err := os.Chmod(filepath.Join(tree, path), mode); err != nil {
			return err
		}
	}
	return nil
}

// trust finds the certificates that Debian trusts.
func trust(source string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(source, "usr/share/ca-certificates/mozilla/*.crt"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("package ca-certificates has no certificates any more")
	}
	slices.Sort(found)
	for i := range found {
		found[i] = strings.TrimPrefix(found[i], source)
	}
	return found, nil
}

// plantTrust gathers them in one file, as Debian's update-ca-certificates would.
func plantTrust(tree, source string, certificates []string, chosen choice) error {
	var all bytes.Buffer
	for _, certificate := range certificates {
		content, err := os.ReadFile(filepath.Join(source, certificate))
		if err != nil {
			return err
		}
		all.Write(bytes.TrimRight(content, "\n"))
		all.WriteByte('\n')
	}
	chosen.links["/usr/lib/ssl/certs"] = "/etc/ssl/certs"
	chosen.links["/usr/lib/ssl/cert.pem"] = "/etc/ssl/certs/ca-certificates.crt"
	return writeFile(filepath.Join(tree, "etc/ssl/certs/ca-certificates.crt"), all.String())
}

func plantUsers(tree, user string) error {
	files := map[string]string{
		"etc/passwd":        fmt.Sprintf("root:x:0:0:root:/:/nonexistent\n%s:x:%d:0:%s:/:/nonexistent\n", user, userID, user),
		"etc/group":         "root:x:0:\n",
		"etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
	}
	for path, content := range files {
		if err := writeFile(filepath.Join(tree, path), content); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}

// copyFile takes the bits of a file that let it run, and none that would let it run as somebody else.
func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	about, err := source.Stat()
	if err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if about.Mode()&0o111 != 0 {
		mode = 0o755
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}
