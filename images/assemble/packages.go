package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// pkg is one Debian package.
type pkg struct {
	Name, Version, Architecture, Source, SHA256, Homepage, Suite string

	files    map[string]bool // as absolute paths
	licenses []string        // as its copyright file names them
}

type packages []pkg

// readPackages reads packages.tsv, one package a line in the order of pkg's fields, and what is in each.
func readPackages(folder string) (packages, error) {
	content, err := os.ReadFile(filepath.Join(folder, "packages.tsv"))
	if err != nil {
		return nil, err
	}
	var read packages
	for line := range strings.Lines(string(content)) {
		field := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(field) != 7 {
			return nil, fmt.Errorf("packages.tsv: %q has %d fields, not 7", line, len(field))
		}
		entry := pkg{Name: field[0], Version: field[1], Architecture: field[2], Source: field[3], SHA256: field[4], Homepage: field[5], Suite: field[6]}
		if entry.files, err = readFiles(filepath.Join(folder, "files", entry.Name)); err != nil {
			return nil, err
		}
		if entry.licenses, err = readLicenses(filepath.Join(folder, "root", copyright(entry.Name))); err != nil {
			return nil, err
		}
		read = append(read, entry)
	}
	slices.SortFunc(read, func(a, b pkg) int { return strings.Compare(a.Name, b.Name) })
	return read, nil
}

func readFiles(list string) (map[string]bool, error) {
	content, err := os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	files := map[string]bool{}
	for line := range strings.Lines(string(content)) {
		files[merged(filepath.Join("/", strings.TrimRight(line, "\n")))] = true
	}
	return files, nil
}

// merged gives the path in a file system where /bin, /lib and /sbin are links into /usr.
func merged(path string) string {
	for _, top := range []string{"/bin/", "/sbin/", "/lib/", "/lib64/"} {
		if strings.HasPrefix(path, top) {
			return "/usr" + path
		}
	}
	return path
}

// owning leaves only the packages of which something is in the image.
func (p packages) owning(files []string) packages {
	var owners packages
	for _, entry := range p {
		if slices.ContainsFunc(files, func(file string) bool { return entry.files[file] }) {
			owners = append(owners, entry)
		}
	}
	return owners
}

func (p packages) version(name string) string {
	for _, entry := range p {
		if entry.Name == name {
			return entry.Version
		}
	}
	return ""
}

func copyright(name string) string { return filepath.Join("/usr/share/doc", name, "copyright") }

var license = regexp.MustCompile(`^License:\s*(\S.*)$`)

// readLicenses finds the names in a machine-readable copyright file. Of others it says nothing, which is honest.
func readLicenses(file string) ([]string, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, nil // some share the file of another package through a link
	}
	defer opened.Close()
	var found []string
	lines := bufio.NewScanner(opened)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if match := license.FindStringSubmatch(lines.Text()); match != nil && !slices.Contains(found, match[1]) {
			found = append(found, strings.TrimSpace(match[1]))
		}
	}
	slices.Sort(found)
	return slices.Compact(found), lines.Err()
}
