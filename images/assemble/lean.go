package main

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"strings"
)

// lean copies a jar without what it has in a folder, such as libraries for every system there is, and writes one file of that folder
// beside it.
func lean(jar, result, folder, wanted, library string) error {
	from, err := zip.OpenReader(jar)
	if err != nil {
		return fmt.Errorf("%s: %w", jar, err)
	}
	defer from.Close()
	file, err := os.Create(result)
	if err != nil {
		return err
	}
	defer file.Close()
	into := zip.NewWriter(file)
	found := false
	for _, entry := range from.File {
		if entry.Name == wanted {
			found = true
			if err := extract(entry, library); err != nil {
				return fmt.Errorf("%s of %s: %w", wanted, jar, err)
			}
		}
		if strings.HasPrefix(entry.Name, folder) {
			continue
		}
		if err := into.Copy(entry); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("%s has no %s any more", jar, wanted)
	}
	if err := into.Close(); err != nil {
		return err
	}
	return file.Close()
}

func extract(entry *zip.File, file string) error {
	content, err := entry.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	into, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(into, content); err != nil {
		into.Close()
		return err
	}
	return into.Close()
}
