// Package peers tells HAProxy who its fellow pods are, so that what one learns about a client id all of them know. HAProxy
// wants them by name and from the start, and the pods of a Deployment have neither fixed names nor fixed addresses.
package peers

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Port is where HAProxy's pods tell each other.
const Port = 10000

// Section is the `peers` section that this pod's HAProxy reads before its own configuration.
type Section struct {
	File string     // where it is written
	Self netip.Addr // this pod's address
}

// Write brings the file in line with the pods that have these addresses, and tells whether it is another one now. This pod is
// always among them, whether or not DNS knows it already.
func (s Section) Write(addresses []string) (changed bool, err error) {
	text, err := s.text(addresses)
	if err != nil {
		return false, err
	}
	if before, err := os.ReadFile(s.File); err == nil && string(before) == text {
		return false, nil
	}
	draft, err := os.CreateTemp(filepath.Dir(s.File), ".peers")
	if err != nil {
		return false, fmt.Errorf("cannot write %s: %w", s.File, err)
	}
	defer os.Remove(draft.Name())
	if _, err := draft.WriteString(text); err != nil {
		return false, fmt.Errorf("cannot write %s: %w", s.File, err)
	}
	if err := draft.Close(); err != nil {
		return false, fmt.Errorf("cannot write %s: %w", s.File, err)
	}
	return true, os.Rename(draft.Name(), s.File)
}

func (s Section) text(addresses []string) (string, error) {
	others := make([]netip.Addr, 0, len(addresses))
	for _, written := range addresses {
		address, err := netip.ParseAddr(written)
		if err != nil {
			return "", fmt.Errorf("a peer has no address: %w", err)
		}
		if address.Is4() == s.Self.Is4() && address != s.Self {
			others = append(others, address)
		}
	}
	slices.SortFunc(others, netip.Addr.Compare)
	others = slices.Compact(others)
	var text strings.Builder
	fmt.Fprintf(&text, "global\n  localpeer %s\n\npeers haproxy\n  bind %s\n  server %[1]s\n", name(s.Self), s.bind())
	for _, other := range others {
		fmt.Fprintf(&text, "  server %s %s\n", name(other), netip.AddrPortFrom(other, Port))
	}
	return text.String(), nil
}

func (s Section) bind() string {
	if s.Self.Is6() {
		return fmt.Sprintf(":::%d", Port)
	}
	return fmt.Sprintf(":%d", Port)
}

// name is the same for a pod in the configuration of every other one.
func name(address netip.Addr) string {
	return "ip-" + strings.NewReplacer(".", "-", ":", "-").Replace(address.String())
}

// Join returns once this pod may start: at once when it is the first, else when the others have had the time to find it in DNS
// and to take it in. HAProxy learns what the others know only from peers that know it when it starts. The others look every
// interval. After patience it starts all the same: a client that is placed anew is better than one that is not served.
func (s Section) Join(ctx context.Context, lookup Lookup, interval, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		found, err := lookup(ctx)
		if err == nil && slices.Contains(found, s.Self.String()) {
			if _, err := s.Write(found); err != nil {
				return err
			}
			if len(found) > 1 {
				pause(ctx, interval+interval/2)
			}
			return nil
		}
		if pause(ctx, interval/10); ctx.Err() != nil {
			_, err := s.Write(found)
			return err
		}
	}
}

func pause(ctx context.Context, length time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(length):
	}
}

// Lookup gives the addresses of the service's pods.
type Lookup func(context.Context) ([]string, error)

// InDNS looks a headless service up.
func InDNS(service string) Lookup {
	return func(ctx context.Context) ([]string, error) { return net.DefaultResolver.LookupHost(ctx, service) }
}

// Follow looks the service's pods up every interval and calls changed when the section is another one. While
// DNS has no answer, the pods that were there stay in it.
func (s Section) Follow(ctx context.Context, lookup Lookup, interval time.Duration, changed func(), complain func(error)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		found, err := lookup(ctx)
		if err != nil {
			continue
		}
		switch another, err := s.Write(found); {
		case err != nil:
			complain(err)
		case another:
			changed()
		}
	}
}
