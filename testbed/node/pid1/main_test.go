package main

import "testing"

func none(string) string { return "" }

func TestK3sContainersCommandLineIsUnderstood(t *testing.T) {
	o, err := parse([]string{"server", "--disable=traefik", "--tls-san=localhost", "--cluster-domain=example.internal"}, none)
	if err != nil || o.role != "server" || o.clusterDomain != "example.internal" || o.tlsSANs.String() != "localhost" {
		t.Error(o, err)
	}
}

func TestAnAgentTakesItsServerFromTheEnvironment(t *testing.T) {
	environment := map[string]string{"K3S_URL": "https://server-0:6443", "K3S_TOKEN": "secret"}
	o, err := parse([]string{"agent"}, func(name string) string { return environment[name] })
	if err != nil || o.serverURL != "https://server-0:6443" || o.token != "secret" {
		t.Error(o, err)
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	for _, args := range [][]string{{}, {"agent"}, {"server", "--no-such-option"}, {"server", "extra"}} {
		if _, err := parse(args, none); err == nil {
			t.Error(args)
		}
	}
}

func TestTheCallersArgumentsComeLast(t *testing.T) {
	o, err := parse([]string{"server", "--kubelet-arg=v=4"}, none)
	if err != nil {
		t.Fatal(err)
	}
	if arguments := o.arguments("kubelet", "--v=2"); len(arguments) != 2 || arguments[1] != "--v=4" {
		t.Error(arguments)
	}
}

func TestDockersOwnNameServerIsNotForPods(t *testing.T) {
	if kept := upstreams([]string{"nameserver 127.0.0.11", "nameserver 192.0.2.1", "options ndots:0"}); kept != "nameserver 192.0.2.1\n" {
		t.Errorf("%q", kept)
	}
}
