package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/mqtt"
)

func ping(arguments []string) (int, error) {
	set := flags("ping")
	address := set.String("address", "127.0.0.1:1885", "`host:port` of the broker")
	username := set.String("username", "", "`account` to log in with")
	passwordFile := set.String("password-file", "", "`file` with its password (never on the command line, where others see it)")
	timeout := set.Duration("timeout", 3*time.Second, "time for one attempt")
	wait := set.Duration("wait", 0, "time to go on trying")
	if err := set.Parse(arguments); err != nil {
		return 2, err
	}
	credentials := mqtt.Credentials{Username: *username}
	if *username != "" {
		content, err := os.ReadFile(*passwordFile)
		if err != nil {
			return 2, fmt.Errorf("an account needs its password in a file: %w", err)
		}
		credentials.Password = strings.TrimRight(string(content), "\r\n")
	}
	begun := time.Now()
	for {
		code, err := pingOnce(*address, credentials, *timeout)
		if err == nil || time.Since(begun) >= *wait {
			return code, err
		}
		time.Sleep(250 * time.Millisecond)
	}
}

func pingOnce(address string, credentials mqtt.Credentials, timeout time.Duration) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	begun := time.Now()
	session, err := mqtt.Connect(ctx, address, fmt.Sprintf("ping-%d", os.Getpid()), credentials, mqtt.LeastKeepAlive)
	var refused *mqtt.RefusedError
	if errors.As(err, &refused) && credentials.Username == "" {
		return 1, fmt.Errorf("%w: it runs, but wants a login: give --username and --password-file", err)
	}
	if err != nil {
		return 1, err
	}
	defer session.Close()
	if err := session.Ping(timeout); err != nil {
		return 1, err
	}
	fmt.Printf("%s answered within %s\n", address, time.Since(begun).Round(10*time.Microsecond))
	return 0, nil
}
