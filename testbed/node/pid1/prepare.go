package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	containerdConfig = "/etc/containerd/config.toml"
	images           = "/usr/share/node/images"
	podResolvConf    = "/etc/kubernetes/resolv.conf"
)

var (
	// What the first pod on a node needs: the sandbox, and the provisioner's shell.
	essentials = []string{"pause", "busybox"}
	// What may run on any node, but starts out on the server.
	addons = []string{"coredns", "local-path-provisioner", "metrics-server"}
)

// prepare makes a container fit to be a node.
func prepare() error {
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return err
	}
	// Volumes that the kubelet mounts must be seen in containers that are already running.
	if err := unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("the container must run privileged: %w", err)
	}
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		if err := delegate("/sys/fs/cgroup"); err != nil {
			return err
		}
	}
	for name, value := range map[string]string{
		"net/ipv4/ip_forward":          "1",
		"net/ipv4/conf/all/rp_filter":  "0",
		"net/ipv4/conf/eth0/rp_filter": "0",
	} {
		if err := os.WriteFile("/proc/sys/"+name, []byte(value), 0o644); err != nil {
			log.Printf("%s stays as it is: %v", name, err)
		}
	}
	if len(lines("/etc/machine-id")) == 0 {
		id := make([]byte, 16)
		if _, err := rand.Read(id); err != nil {
			return err
		}
		if err := write("/etc/machine-id", hex.EncodeToString(id)+"\n"); err != nil {
			return err
		}
	}
	return write(podResolvConf, upstreams(lines("/etc/resolv.conf")))
}

// upstreams leaves out the name servers that only this container can ask: Docker's own is on the
// container's loopback, which pods do not share.
func upstreams(resolvConf []string) string {
	var kept strings.Builder
	for _, line := range resolvConf {
		fields := strings.Fields(line)
		if len(fields) == 2 && fields[0] == "nameserver" {
			if ip := net.ParseIP(fields[1]); ip != nil && !ip.IsLoopback() {
				fmt.Fprintln(&kept, line)
			}
		}
	}
	return kept.String()
}

// delegate makes room for the kubelet's groups under cgroup v2, where a group either has processes
// or hands its controllers on.
func delegate(root string) error {
	if _, err := os.Stat(filepath.Join(root, "cgroup.type")); os.IsNotExist(err) {
		return nil // The machine's root group, which is free of that rule.
	}
	ours := filepath.Join(root, "node")
	if err := os.MkdirAll(ours, 0o755); err != nil {
		return err
	}
	for _, process := range lines(filepath.Join(root, "cgroup.procs")) {
		if _, err := strconv.Atoi(process); err == nil {
			_ = os.WriteFile(filepath.Join(ours, "cgroup.procs"), []byte(process), 0o644)
		}
	}
	for _, controller := range strings.Fields(strings.Join(lines(filepath.Join(root, "cgroup.controllers")), " ")) {
		if err := os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+"+controller), 0o644); err != nil {
			log.Printf("controller %s is not available to pods: %v", controller, err)
		}
	}
	return nil
}

// containers starts containerd and gives it images that the node carries.
func containers(names ...string) error {
	keep("containerd", "--config", containerdConfig)
	err := until("containerd", 30*time.Second, func() error {
		_, err := run("ctr", "version")
		return err
	})
	if err != nil {
		return err
	}
	return load(names...)
}

// load gives containerd images, unless it has them from before the node was stopped.
func load(names ...string) error {
	known, err := run("ctr", "-n", "k8s.io", "images", "list", "-q")
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.Contains(known, "/"+name+":") {
			continue
		}
		if _, err := run("ctr", "-n", "k8s.io", "images", "import", filepath.Join(images, name+".tar")); err != nil {
			return err
		}
	}
	log.Printf("images are loaded: %s", strings.Join(names, ", "))
	return nil
}
