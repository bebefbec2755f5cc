// Assemble makes the project's OCI images out of unpacked Debian packages: takes the programs that an image names, the
// libraries they are linked with, and nothing else, and writes images, a bundle of all of them, and their bills of materials.
//
//	assemble --work DIR --version V --epoch SECONDS --launch FILE --out DIR IMAGE=DEFINITION.json…
//	assemble archive FIRST SECOND RESULT
//	assemble lean JAR RESULT FOLDER FILE LIBRARY
//
// DIR/IMAGE/root holds the unpacked packages, DIR/IMAGE/packages.tsv what they are, DIR/IMAGE/files/NAME what is in each, and
// DIR/IMAGE/components.tsv, if it exists, what else is in it. The second form makes one archive of Java classes of two, the third
// copies a jar without a folder of it, of which it writes one file to LIBRARY.
// The same inputs give the same bytes.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type task struct {
	work, out, launch, version, architecture, revision string
	created                                            time.Time
}

func main() {
	var t task
	epoch := flag.Int64("epoch", 0, "time of everything, in seconds since 1970")
	flag.StringVar(&t.work, "work", "", "folder with the unpacked packages")
	flag.StringVar(&t.out, "out", "", "folder for the results")
	flag.StringVar(&t.launch, "launch", "", "the launch program")
	flag.StringVar(&t.version, "version", "", "version of the images")
	flag.StringVar(&t.architecture, "architecture", "amd64", "of the images, as Debian and Go name it")
	flag.StringVar(&t.revision, "revision", "", "commit that the images are made from, if known")
	flag.Parse()
	t.created = time.Unix(*epoch, 0).UTC()
	if err := t.command(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "assemble:", err)
		os.Exit(1)
	}
}

func (t task) command(arguments []string) error {
	switch {
	case len(arguments) == 4 && arguments[0] == "archive":
		return timeless(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 6 && arguments[0] == "lean":
		return lean(arguments[1], arguments[2], arguments[3], arguments[4], arguments[5])
	default:
		return t.run(arguments)
	}
}

func (t task) run(arguments []string) error {
	var made []made
	for _, argument := range arguments {
		name, file, ok := strings.Cut(argument, "=")
		if !ok {
			return fmt.Errorf("%q is not NAME=DEFINITION.json", argument)
		}
		definition, err := readDefinition(file)
		if err != nil {
			return err
		}
		image, err := t.make(name, definition)
		if err != nil {
			return fmt.Errorf("image %s: %w", name, err)
		}
		made = append(made, image)
	}
	return t.bundle(made)
}

// made is one finished image.
type made struct {
	Name       string   `json:"name"`
	Reference  string   `json:"reference"`
	Digest     string   `json:"digest"`
	ID         string   `json:"id"`
	Bytes      int64    `json:"uncompressedBytes"`
	Packed     int64    `json:"compressedBytes"`
	Packages   []string `json:"packages"`
	Components []string `json:"components,omitempty"`
	image      ociImage
}

func (t task) make(name string, definition definition) (made, error) {
	packages, err := readPackages(filepath.Join(t.work, name))
	if err != nil {
		return made{}, err
	}
	source := filepath.Join(t.work, name, "root")
	tree := filepath.Join(t.out, "rootfs", name)
	chosen, err := choose(source, definition)
	if err != nil {
		return made{}, err
	}
	trusted, err := trust(source)
	if err != nil {
		return made{}, err
	}
	packages = packages.owning(append(trusted, chosen.files...))
	components, err := readComponents(filepath.Join(t.work, name), source, chosen.files)
	if err != nil {
		return made{}, err
	}
	if err := plant(tree, source, chosen, trusted, packages, definition); err != nil {
		return made{}, err
	}
	image, err := t.image(tree, definition, packages.version(definition.Main), filepath.Base(chosen.libDir))
	if err != nil {
		return made{}, err
	}
	result, err := image.describe(name, definition.Repository+":"+t.version)
	if err != nil {
		return made{}, err
	}
	for _, pkg := range packages {
		result.Packages = append(result.Packages, pkg.Name+"="+pkg.Version)
	}
	for _, component := range components {
		result.Components = append(result.Components, component.Name+"="+component.Version)
	}
	return result, t.writeBill(name, definition, result, packages, components)
}

// definition is what IMAGE/image.json says.
type definition struct {
	Repository  string            `json:"repository"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Licenses    string            `json:"licenses"`
	Main        string            `json:"main"`    // the package that the image is for
	Keep        []string          `json:"keep"`    // patterns of files to take
	Trees       []string          `json:"trees"`   // folders to take whole
	Layers      []layer           `json:"layers"`  // what is to be in a layer of its own, in this order, after the rest
	Largest     int64             `json:"largest"` // bytes that the image may have, uncompressed
	Links       map[string]string `json:"links"`   // symbolic links to add; ${multiarch} stands for the folder of the libraries
	Folders     map[string]string `json:"folders"` // folders to add, and their modes
	User        string            `json:"user"`
	Command     []string          `json:"command"`
	Ports       []string          `json:"ports"`
}

// layer is a part of an image that changes by itself.
type layer struct {
	By    string   `json:"by"`    // what it is, for the image's history
	Paths []string `json:"paths"` // files and folders; ${multiarch} as in Links
}

func readDefinition(file string) (definition, error) {
	var read definition
	content, err := os.ReadFile(file)
	if err != nil {
		return read, err
	}
	decoder := json.NewDecoder(strings.NewReader(string(content)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		return read, fmt.Errorf("%s: %w", file, err)
	}
	return read, nil
}
