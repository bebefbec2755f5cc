package leader

import (
	"context"
	"errors"
	"fmt"
	"net"
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

// Lookup finds the health ports of the brokers that the name service lists, by the name of their pods.
type Lookup func(ctx context.Context) (map[string]string, error)

// InDNS looks in the SRV records of a headless Service's port "health". An answer that there are none is an answer.
func InDNS(service string) Lookup {
	service = strings.TrimSuffix(service, ".") + "." // absolute: no search list
	return func(ctx context.Context) (map[string]string, error) {
		_, records, err := net.DefaultResolver.LookupSRV(ctx, "health", "tcp", service)
		if absent(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		found := map[string]string{}
		for _, record := range records {
			addresses, err := net.DefaultResolver.LookupHost(ctx, record.Target)
			if absent(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			name, _, _ := strings.Cut(record.Target, ".")
			found[name] = net.JoinHostPort(addresses[0], strconv.Itoa(int(record.Port)))
		}
		return found, nil
	}
}

func absent(err error) bool {
	var failure *net.DNSError
	return errors.As(err, &failure) && failure.IsNotFound
}
