package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const logs = "/var/log/node"

// keep starts a program and starts it again whenever it ends: a component that lost a race at boot,
// or that a test killed, comes back as it would under any init system.
func keep(name string, args ...string) {
	go func() {
		for {
			began := time.Now()
			err := once(name, args...)
			log.Printf("%s ended after %s (%v); its log is %s", name, time.Since(began).Round(time.Millisecond), err, logFile(name))
			time.Sleep(time.Second)
		}
	}()
}

func once(name string, args ...string) error {
	file, err := os.OpenFile(logFile(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	command := exec.Command(name, args...)
	command.Stdout, command.Stderr = file, file
	return command.Run()
}

func logFile(name string) string {
	return filepath.Join(logs, filepath.Base(name)+".log")
}

// run runs a program to its end; what it said is in the error when it fails.
func run(name string, args ...string) (string, error) {
	output, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("%s %v: %w\n%s", name, args, err, output)
	}
	return string(output), nil
}

// until tries again until it works, and gives up with the last error.
func until(what string, patience time.Duration, try func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within %s: %w", what, patience, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// write writes a file that only root reads: most of them hold keys, and none needs more.
func write(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, []byte(content), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// lines is a file's lines, or none if it cannot be read.
func lines(path string) []string {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	var all []string
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		all = append(all, scanner.Text())
	}
	return all
}
