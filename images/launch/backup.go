package main

import (
	"io"
	"os"
)

// backup exists because there is no cat in the image.
func backup(arguments []string) (int, error) {
	set := flags("backup")
	file := set.String("file", "/mosquitto/data/dynamic-security.json", "the accounts, groups and roles of the broker")
	if err := set.Parse(arguments); err != nil {
		return 2, err
	}
	source, err := os.Open(*file)
	if err != nil {
		return 1, err
	}
	defer source.Close()
	if _, err := io.Copy(os.Stdout, source); err != nil {
		return 1, err
	}
	return 0, nil
}
