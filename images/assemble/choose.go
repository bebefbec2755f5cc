package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// choice is what an image takes from the unpacked packages.
type choice struct {
	files  []string          // absolute paths of regular files
	links  map[string]string // path to target
	libDir string            // where the libraries of this architecture are
}

// choose follows the programs that a definition names to the libraries they need, and those to theirs.
func choose(root string, wanted definition) (choice, error) {
	libraries, libDir, err := sharedLibraries(root)
	if err != nil {
		return choice{}, err
	}
	var open []string
	for _, pattern := range wanted.Keep {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return choice{}, err
		}
		if len(found) == 0 {
			return choice{}, fmt.Errorf("no package has %s any more", pattern)
		}
		for _, path := range found {
			open = append(open, strings.TrimPrefix(path, root))
		}
	}
	for _, folder := range wanted.Trees {
		files, err := regularFiles(root, folder)
		if err != nil {
			return choice{}, err
		}
		for _, file := range files {
			open = append(open, file)
			// What is linked with its neighbours finds them there ($ORIGIN).
			if strings.HasSuffix(file, ".so") {
				libraries[filepath.Base(file)] = file
			}
		}
	}
	taken := choice{links: map[string]string{}, libDir: libDir}
	seen := map[string]bool{}
	for len(open) > 0 {
		path := open[0]
		open = open[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		taken.files = append(taken.files, path)
		needed, loader, err := needs(filepath.Join(root, path))
		if err != nil {
			return choice{}, fmt.Errorf("%s: %w", path, err)
		}
		if loader != "" {
			if err := taken.addLoader(root, loader); err != nil {
				return choice{}, err
			}
		}
		for _, name := range needed {
			library, ok := libraries[name]
			if !ok {
				return choice{}, fmt.Errorf("%s needs %s, which is in none of the packages: add the package that has it", path, name)
			}
			if link := filepath.Join(filepath.Dir(library), name); link != library {
				taken.links[link] = filepath.Base(library)
			}
			open = append(open, library)
		}
	}
	slices.Sort(taken.files)
	return taken, nil
}

func regularFiles(root, folder string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			found = append(found, strings.TrimPrefix(path, root))
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s is empty", folder)
	}
	return found, err
}

func (c *choice) addLoader(root, loader string) error {
	path := merged(loader)
	target, err := os.Readlink(filepath.Join(root, path))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the loader %s is in none of the packages", loader)
	}
	if err == nil {
		c.links[path] = target
		path = filepath.Join(filepath.Dir(path), target)
		if filepath.IsAbs(target) {
			path = target
		}
	}
	if !slices.Contains(c.files, path) {
		c.files = append(c.files, path)
	}
	return nil
}

// sharedLibraries finds the libraries by the name that programs ask for, which is not always the name of a file.
func sharedLibraries(root string) (found map[string]string, libDir string, err error) {
	folders, err := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu*"))
	if err != nil || len(folders) != 1 {
		return nil, "", fmt.Errorf("expected one folder of libraries under %s/usr/lib, found %q: %w", root, folders, err)
	}
	files, err := filepath.Glob(filepath.Join(folders[0], "*.so*"))
	if err != nil {
		return nil, "", err
	}
	found = map[string]string{}
	for _, file := range files {
		about, err := os.Lstat(file)
		if err != nil {
			return nil, "", err
		}
		if !about.Mode().IsRegular() {
			continue
		}
		names := []string{filepath.Base(file)}
		if opened, err := elf.Open(file); err == nil {
			if sonames, err := opened.DynString(elf.DT_SONAME); err == nil {
				names = append(names, sonames...)
			}
			opened.Close()
		}
		for _, name := range names {
			found[name] = strings.TrimPrefix(file, root)
		}
	}
	return found, strings.TrimPrefix(folders[0], root), nil
}

// needs is empty for what is no program.
func needs(file string) (libraries []string, loader string, err error) {
	opened, err := elf.Open(file)
	var other *elf.FormatError
	if errors.As(err, &other) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	defer opened.Close()
	for _, segment := range opened.Progs {
		if segment.Type == elf.PT_INTERP {
			content := make([]byte, segment.Filesz)
			if _, err := segment.ReadAt(content, 0); err != nil {
				return nil, "", err
			}
			loader = strings.TrimRight(string(content), "\x00")
		}
	}
	libraries, err = opened.ImportedLibraries()
	return libraries, loader, err
}

func sortedKeys[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }
