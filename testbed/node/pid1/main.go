// Command node is the entry point of the node image: it starts a Kubernetes node out of the real
// programs and keeps them running.
//
// Its command line, environment, ports, files and log lines are the part of rancher/k3s's that the
// testbed uses, so that either image can stand behind the same test code.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const usage = `usage: node server [--tls-san=NAME]… [--cluster-domain=DOMAIN] [--token=TOKEN] [--disable=ADDON]…
       node agent [--server=URL] [--token=TOKEN]
Both take --kubelet-arg=NAME=VALUE; a server takes --kube-apiserver-arg, --kube-controller-manager-arg
and --kube-scheduler-arg as well. K3S_URL and K3S_TOKEN in the environment stand for --server and --token.`

// options is what a command line asks for.
type options struct {
	role          string
	clusterDomain string
	token         string
	serverURL     string
	tlsSANs       list
	disabled      list
	extra         map[string]*list
}

// list is a flag that may be given more than once, or once with commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, strings.Split(value, ",")...)
	return nil
}

// parse reads a command line and the environment.
func parse(args []string, getenv func(string) string) (options, error) {
	o := options{extra: map[string]*list{}}
	if len(args) == 0 || (args[0] != "server" && args[0] != "agent") {
		return o, fmt.Errorf("the first argument must be server or agent\n%s", usage)
	}
	o.role = args[0]
	flags := flag.NewFlagSet(o.role, flag.ContinueOnError)
	flags.SetOutput(new(strings.Builder))
	flags.StringVar(&o.token, "token", getenv("K3S_TOKEN"), "")
	components := []string{"kubelet", "kube-proxy"}
	if o.role == "server" {
		components = append(components, "kube-apiserver", "kube-controller-manager", "kube-scheduler")
		flags.StringVar(&o.clusterDomain, "cluster-domain", "cluster.local", "")
		flags.Var(&o.tlsSANs, "tls-san", "")
		flags.Var(&o.disabled, "disable", "")
	} else {
		flags.StringVar(&o.serverURL, "server", getenv("K3S_URL"), "")
	}
	for _, component := range components {
		o.extra[component] = new(list)
		flags.Var(o.extra[component], component+"-arg", "")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return o, fmt.Errorf("%w\n%s", err, usage)
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is not an option\n%s", flags.Arg(0), usage)
	}
	if o.role == "agent" && (o.serverURL == "" || o.token == "") {
		return o, fmt.Errorf("an agent needs K3S_URL and K3S_TOKEN, to join a server\n%s", usage)
	}
	return o, nil
}

// arguments is the command line for a component: ours first, so that the caller's win.
func (o options) arguments(component string, ours ...string) []string {
	if extra := o.extra[component]; extra != nil {
		for _, argument := range *extra {
			ours = append(ours, "--"+argument)
		}
	}
	return ours
}

func main() {
	log.SetFlags(log.Ltime | log.Lmicroseconds)
	o, err := parse(os.Args[1:], os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		// The end of this process is the end of the container, and so of all the others.
		<-stop
		log.Print("stopping")
		os.Exit(0)
	}()
	if err := prepare(); err != nil {
		log.Fatal(err)
	}
	node, err := identity()
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("starting as %s %s at %s", o.role, node.name, node.address)
	if o.role == "server" {
		err = serve(o, node)
	} else {
		err = join(o, node)
	}
	if err != nil {
		log.Fatal(err)
	}
	select {}
}

// self is what the other nodes know this one by.
type self struct {
	name    string
	address string
}

func identity() (self, error) {
	name, err := os.Hostname()
	if err != nil {
		return self{}, err
	}
	device, err := net.InterfaceByName("eth0")
	if err != nil {
		return self{}, fmt.Errorf("the container has no eth0; attach it to a Docker network: %w", err)
	}
	addresses, err := device.Addrs()
	if err != nil {
		return self{}, err
	}
	for _, address := range addresses {
		if ip, ok := address.(*net.IPNet); ok && ip.IP.To4() != nil {
			return self{name: name, address: ip.IP.String()}, nil
		}
	}
	return self{}, fmt.Errorf("eth0 has no IPv4 address; attach the container to a Docker network that gives one")
}
