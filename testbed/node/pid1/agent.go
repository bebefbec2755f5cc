package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

const (
	bootstrapConf = "/etc/kubernetes/bootstrap-kubelet.conf"
	// Where a server says which domain its cluster has.
	clusterInfo = "node-cluster"
)

// join makes this container a node of the server's cluster.
func join(o options, node self) error {
	imported := make(chan error, 1)
	go func() { imported <- containers(essentials...) }()
	var domain string
	err := until("the server at "+o.serverURL, 10*time.Minute, func() error {
		// As k3s does with a short token, the first answer's authority is trusted; the network between
		// the nodes of a testbed is Docker's own.
		first, err := kubernetes.NewForConfig(&rest.Config{
			Host:            o.serverURL,
			BearerToken:     o.token,
			TLSClientConfig: rest.TLSClientConfig{Insecure: true},
			Timeout:         5 * time.Second,
		})
		if err != nil {
			return err
		}
		info, err := first.CoreV1().ConfigMaps("kube-public").Get(context.Background(), clusterInfo, metav1.GetOptions{})
		if err != nil {
			return err
		}
		authority, err := first.CoreV1().ConfigMaps("kube-public").Get(context.Background(), "kube-root-ca.crt", metav1.GetOptions{})
		if err != nil {
			return err
		}
		domain = info.Data["domain"]
		return write(pki+"/ca.crt", authority.Data["ca.crt"])
	})
	if err != nil {
		return err
	}
	if err := <-imported; err != nil {
		return err
	}
	authority, err := os.ReadFile(pki + "/ca.crt")
	if err != nil {
		return err
	}
	err = writeKubeconfig(bootstrapConf, "bootstrap", &rest.Config{
		Host:            o.serverURL,
		BearerToken:     o.token,
		TLSClientConfig: rest.TLSClientConfig{CAData: authority},
	})
	if err != nil {
		return err
	}
	if err := work(o, node, domain, ""); err != nil {
		return err
	}
	log.Printf("joined %s", o.serverURL)
	return load(addons...)
}

func writeKubeconfig(path, name string, config *rest.Config) error {
	content, err := clientcmd.Write(api.Config{
		Clusters: map[string]*api.Cluster{name: {Server: config.Host, CertificateAuthorityData: config.CAData}},
		AuthInfos: map[string]*api.AuthInfo{name: {
			Token:                 config.BearerToken,
			ClientCertificateData: config.CertData,
			ClientKeyData:         config.KeyData,
		}},
		Contexts:       map[string]*api.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	})
	if err != nil {
		return err
	}
	return write(path, string(content))
}

// work starts what every node runs: the kubelet, kube-proxy and the pod network.
func work(o options, node self, domain, expectedCIDR string) error {
	if expectedCIDR != "" {
		if err := writeCNI(expectedCIDR); err != nil {
			return err
		}
	}
	kubelet := fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: %s/ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
clusterDNS: [%s]
clusterDomain: %q
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
# Here containers are killed on purpose, over and over; that they are begun again must not take ever longer.
crashLoopBackOff: {maxContainerRestartPeriod: 1s}
# The disk is the developer's: how full it is is not for a test cluster to judge.
evictionHard: {imagefs.available: "0%%", nodefs.available: "0%%", nodefs.inodesFree: "0%%", imagefs.inodesFree: "0%%"}
imageGCHighThresholdPercent: 100
failCgroupV1: false
failSwapOn: false
# A machine may withhold CAP_SYS_RESOURCE; the kubelet then starts only with this.
featureGates: {KubeletInUserNamespace: true}
resolvConf: %s
rotateCertificates: true
serializeImagePulls: false
`, pki, clusterDNS, domain, podResolvConf)
	if err := write("/etc/kubernetes/kubelet.yaml", kubelet); err != nil {
		return err
	}
	arguments := []string{
		"--config=/etc/kubernetes/kubelet.yaml",
		"--hostname-override=" + node.name,
		"--kubeconfig=" + kubeletConf,
		"--node-ip=" + node.address,
	}
	if _, err := os.Stat(bootstrapConf); err == nil {
		arguments = append(arguments, "--bootstrap-kubeconfig="+bootstrapConf)
	}
	keep("kubelet", o.arguments("kubelet", arguments...)...)
	var client kubernetes.Interface
	err := until("the kubelet's certificate", time.Minute, func() (err error) {
		client, err = nodeClient()
		return err
	})
	if err != nil {
		return err
	}
	proxy := fmt.Sprintf(`apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clientConnection: {kubeconfig: %s}
clusterCIDR: %s
hostnameOverride: %q
# The machine's limits are not this container's to change.
conntrack: {maxPerCore: 0, min: 0}
`, kubeletConf, podRange, node.name)
	if err := write("/etc/kubernetes/kube-proxy.yaml", proxy); err != nil {
		return err
	}
	keep("kube-proxy", o.arguments("kube-proxy", "--config=/etc/kubernetes/kube-proxy.yaml")...)
	go network(client, node)
	return nil
}
