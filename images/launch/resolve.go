package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

func resolve(arguments []string) (int, error) {
	set := flags("resolve")
	srv := set.Bool("srv", false, "ask for SRV records, and print target:port")
	timeout := set.Duration("timeout", 5*time.Second, "time for all of it")
	// The name may stand before the flags as well as after them.
	var name string
	if len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
		name, arguments = arguments[0], arguments[1:]
	}
	if err := set.Parse(arguments); err != nil {
		return 2, err
	}
	if name == "" && set.NArg() > 0 {
		name = set.Arg(0)
	}
	if name == "" {
		return 2, errors.New("there is no name to resolve: launch resolve NAME [--srv]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	found, err := answers(ctx, name, *srv)
	if err != nil {
		return 1, err
	}
	slices.Sort(found)
	for _, line := range found {
		fmt.Println(line)
	}
	return 0, nil
}

func answers(ctx context.Context, name string, srv bool) ([]string, error) {
	if !srv {
		return net.DefaultResolver.LookupHost(ctx, name)
	}
	_, records, err := net.DefaultResolver.LookupSRV(ctx, "", "", name)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, record := range records {
		found = append(found, fmt.Sprintf("%s:%d", strings.TrimSuffix(record.Target, "."), record.Port))
	}
	return found, nil
}
