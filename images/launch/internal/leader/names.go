package leader

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Ordinal is the number that a StatefulSet gave to a pod: the one at the end of its name.
func Ordinal(name string) (int, error) {
	at := strings.LastIndexByte(name, '-')
	ordinal, err := strconv.Atoi(name[at+1:])
	if at < 0 || err != nil || ordinal < 0 {
		return 0, fmt.Errorf("the name %q does not end in a number: run this broker as a pod of a StatefulSet, or leave --peers out", name)
	}
	return ordinal, nil
}

// Lookup finds the health endpoints (host:port) of the brokers that the name service lists.
type Lookup func(ctx context.Context) ([]string, error)

// InDNS looks a headless Service up: the addresses of its ready pods, all in one answer, so that none of them is older than
// the others. An answer that there are none is an answer.
func InDNS(service, port string) Lookup {
	service = strings.TrimSuffix(service, ".") + "." // absolute: no search list
	return func(ctx context.Context) ([]string, error) {
		found, err := net.DefaultResolver.LookupHost(ctx, service)
		var failure *net.DNSError
		if errors.As(err, &failure) && failure.IsNotFound {
			return nil, nil
		}
		for i, address := range found {
			found[i] = net.JoinHostPort(address, port)
		}
		return found, err
	}
}

// OnThisHost tells whether an address is one of this pod's own.
func OnThisHost(port string) func(address string) bool {
	return func(address string) bool {
		host, itsPort, err := net.SplitHostPort(address)
		if err != nil || itsPort != port {
			return false
		}
		own, err := net.InterfaceAddrs()
		if err != nil {
			return false
		}
		return slices.ContainsFunc(own, func(one net.Addr) bool {
			network, ok := one.(*net.IPNet)
			return ok && network.IP.Equal(net.ParseIP(host))
		})
	}
}
