package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const cniConfig = "/etc/cni/net.d/10-pods.conflist"

// writeCNI tells containerd how pods get onto the network. Every pod is on a link of its own (ptp)
// and all that pods say to each other is routed, so that Services and policies see all of it.
func writeCNI(podCIDR string) error {
	config := fmt.Sprintf(`{
  "cniVersion": "1.0.0",
  "name": "pods",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": false,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni-ipam",
        "ranges": [[{"subnet": %q}]],
        "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`, podCIDR)
	if old, err := os.ReadFile(cniConfig); err == nil && string(old) == config {
		return nil
	}
	return write(cniConfig, config)
}

// network follows the cluster's nodes: a route to each one's pods, and the way out for ours.
func network(client kubernetes.Interface, node self) {
	masquerade := fmt.Sprintf(`table ip node {
  chain leave {
    type nat hook postrouting priority srcnat + 10; policy accept;
    ip saddr %[1]s ip daddr != %[1]s masquerade
  }
}
`, podRange)
	if err := nft("table ip node {}\ndelete table ip node\n" + masquerade); err != nil {
		log.Printf("pods cannot reach addresses outside of the cluster: %v", err)
	}
	factory := informers.NewSharedInformerFactory(client, 10*time.Minute)
	changed := func(object any) {
		if other, ok := object.(*corev1.Node); ok {
			if err := route(node, other); err != nil {
				log.Print(err)
			}
		}
	}
	_, err := factory.Core().V1().Nodes().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    changed,
		UpdateFunc: func(_, object any) { changed(object) },
		DeleteFunc: func(object any) {
			if other, ok := object.(*corev1.Node); ok && other.Spec.PodCIDR != "" {
				_, _ = run("ip", "route", "delete", other.Spec.PodCIDR)
			}
		},
	})
	if err != nil {
		log.Print(err)
		return
	}
	enforce(factory, node)
}

// nodeClient speaks to the API server as this node.
func nodeClient() (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeletConf)
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

func route(node self, other *corev1.Node) error {
	if other.Spec.PodCIDR == "" {
		return nil
	}
	if other.Name == node.name {
		return writeCNI(other.Spec.PodCIDR)
	}
	for _, address := range other.Status.Addresses {
		if address.Type == corev1.NodeInternalIP && address.Address != node.address {
			_, err := run("ip", "route", "replace", other.Spec.PodCIDR, "via", address.Address)
			return err
		}
	}
	return nil
}

// nft gives the kernel a set of rules, all of them or none.
func nft(rules string) error {
	command := exec.Command("nft", "-f", "-")
	command.Stdin = strings.NewReader(rules)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w\n%s\n%s", err, output, rules)
	}
	return nil
}
