package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// readComponents finds what is in an image but from no Debian package: what components.tsv lists (name, version, package URL,
// licence, description), and the jars, which say themselves what they are.
func readComponents(folder, source string, files []string) ([]cdx.Component, error) {
	var found []cdx.Component
	content, err := os.ReadFile(filepath.Join(folder, "components.tsv"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(content)) {
		field := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(field) != 5 {
			return nil, fmt.Errorf("components.tsv: %q has %d fields, not 5", line, len(field))
		}
		found = append(found, cdx.Component{
			BOMRef: field[2], Type: cdx.ComponentTypeLibrary, Name: field[0], Version: field[1], PackageURL: field[2],
			Licenses: &cdx.Licenses{{Expression: field[3]}}, Description: field[4],
		})
	}
	for _, file := range files {
		// The runtime's own jars are part of it.
		if strings.HasSuffix(file, ".jar") && !strings.Contains(file, "/runtime/") {
			component, err := readJar(filepath.Join(source, file))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			found = append(found, component)
		}
	}
	return found, nil
}

var versioned = regexp.MustCompile(`^(.*)-([0-9][^-]*)\.jar$`)

// readJar reads the description that Maven leaves in a jar; of one without, it knows the file's name.
func readJar(file string) (cdx.Component, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return cdx.Component{}, err
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return cdx.Component{}, err
	}
	sum := sha256.Sum256(content)
	component := cdx.Component{Type: cdx.ComponentTypeLibrary, Name: filepath.Base(file), Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}}}
	if match := versioned.FindStringSubmatch(component.Name); match != nil {
		component.Name, component.Version = match[1], match[2]
	}
	component.PackageURL = fmt.Sprintf("pkg:generic/%s@%s", component.Name, component.Version)
	for _, entry := range archive.File {
		if ok, _ := path.Match("META-INF/maven/*/*/pom.xml", entry.Name); !ok {
			continue
		}
		about, err := readPom(entry)
		if err != nil {
			return component, err
		}
		part := strings.Split(entry.Name, "/")
		component.Group, component.Name = part[2], part[3]
		component.PackageURL = fmt.Sprintf("pkg:maven/%s/%s@%s", component.Group, component.Name, component.Version)
		if len(about.Licenses) > 0 {
			licenses := cdx.Licenses{}
			for _, name := range about.Licenses {
				licenses = append(licenses, cdx.LicenseChoice{License: &cdx.License{Name: strings.TrimSpace(name)}})
			}
			component.Licenses = &licenses
		}
		break
	}
	component.BOMRef = component.PackageURL
	return component, nil
}

type pom struct {
	Licenses []string `xml:"licenses>license>name"`
}

func readPom(entry *zip.File) (pom, error) {
	var read pom
	opened, err := entry.Open()
	if err != nil {
		return read, err
	}
	defer opened.Close()
	content, err := io.ReadAll(opened)
	if err != nil {
		return read, err
	}
	return read, xml.Unmarshal(content, &read)
}
