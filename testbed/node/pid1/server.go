package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	pki         = "/etc/kubernetes/pki"
	kubeletConf = "/etc/kubernetes/kubelet.conf"
	tokens      = "/etc/kubernetes/tokens.csv"
	tokenFile   = "/var/lib/rancher/k3s/server/token"
	database    = "/var/lib/rancher/k3s/server/db/state.db"
	kine        = "unix:///run/kine.sock"
	k3sYAML     = "/etc/rancher/k3s/k3s.yaml"
	manifests   = "/usr/share/node/manifests"

	podRange     = "10.42.0.0/16"
	serviceRange = "10.43.0.0/16"
	clusterDNS   = "10.43.0.10"
	// What the controller manager gives the first node of a new cluster. Guessing it right saves the
	// five seconds until the kubelet looks again whether there is a pod network.
	firstPodCIDR = "10.42.0.0/24"
)

// serve starts the control plane and a node beside it.
func serve(o options, node self) error {
	if err := os.MkdirAll(filepath.Dir(database), 0o700); err != nil {
		return err
	}
	// Not synced to the disk: the cluster does not outlive the machine, and what the kernel has been
	// given survives the end of any process.
	keep("kine", "--endpoint", "sqlite://"+database+"?_journal_mode=WAL&_busy_timeout=30000&_synchronous=OFF&_txlock=immediate&_stmt_cache_size=20&cache=shared",
		"--listen-address", kine, "--metrics-bind-address", "0")
	imported := make(chan error, 1)
	go func() { imported <- containers(append(essentials, addons...)...) }()
	if err := credentials(o, node); err != nil {
		return err
	}
	log.Print("certificates are made")
	keep("kube-apiserver", o.arguments("kube-apiserver",
		"--advertise-address="+node.address,
		"--allow-privileged=true",
		"--authorization-mode=Node,RBAC",
		"--client-ca-file="+pki+"/ca.crt",
		"--enable-admission-plugins=NodeRestriction",
		"--etcd-servers="+kine,
		"--kubelet-client-certificate="+pki+"/apiserver-kubelet-client.crt",
		"--kubelet-client-key="+pki+"/apiserver-kubelet-client.key",
		"--kubelet-preferred-address-types=InternalIP,Hostname",
		"--profiling=false",
		"--proxy-client-cert-file="+pki+"/front-proxy-client.crt",
		"--proxy-client-key-file="+pki+"/front-proxy-client.key",
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-client-ca-file="+pki+"/front-proxy-ca.crt",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--secure-port=6443",
		"--service-account-issuer=https://kubernetes.default.svc."+o.clusterDomain,
		"--service-account-key-file="+pki+"/sa.pub",
		"--service-account-signing-key-file="+pki+"/sa.key",
		"--service-cluster-ip-range="+serviceRange,
		"--tls-cert-file="+pki+"/apiserver.crt",
		"--tls-private-key-file="+pki+"/apiserver.key",
		"--token-auth-file="+tokens)...)
	if err := writeK3sYAML(); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", k3sYAML)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	err = until("the API server", time.Minute, func() error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(context.Background()).Error()
	})
	if err != nil {
		return err
	}
	log.Print("the API server is ready")
	// Not before: both exit when the roles that the API server makes at its first start are missing.
	keep("kube-controller-manager", o.arguments("kube-controller-manager",
		"--allocate-node-cidrs=true",
		"--authentication-kubeconfig=/etc/kubernetes/controller-manager.conf",
		"--authorization-kubeconfig=/etc/kubernetes/controller-manager.conf",
		"--bind-address=127.0.0.1",
		"--client-ca-file="+pki+"/ca.crt",
		"--cluster-cidr="+podRange,
		"--cluster-signing-cert-file="+pki+"/ca.crt",
		"--cluster-signing-key-file="+pki+"/ca.key",
		"--kubeconfig=/etc/kubernetes/controller-manager.conf",
		"--leader-elect=false",
		"--profiling=false",
		"--requestheader-client-ca-file="+pki+"/front-proxy-ca.crt",
		"--root-ca-file="+pki+"/ca.crt",
		"--service-account-private-key-file="+pki+"/sa.key",
		"--service-cluster-ip-range="+serviceRange,
		"--use-service-account-credentials=true")...)
	keep("kube-scheduler", o.arguments("kube-scheduler",
		"--authentication-kubeconfig=/etc/kubernetes/scheduler.conf",
		"--authorization-kubeconfig=/etc/kubernetes/scheduler.conf",
		"--bind-address=127.0.0.1",
		"--kubeconfig=/etc/kubernetes/scheduler.conf",
		"--leader-elect=false",
		"--profiling=false")...)
	applied := make(chan error, 1)
	go func() { applied <- apply(o) }()
	if err := <-imported; err != nil {
		return err
	}
	if err := work(o, node, o.clusterDomain, firstPodCIDR); err != nil {
		return err
	}
	err = until("this node", time.Minute, func() error { return claim(client, node.name) })
	if err != nil {
		return err
	}
	// Agents wait for this: the server must be the first node, to get the addresses that it expects.
	if err := invite(client, o.clusterDomain); err != nil {
		return err
	}
	if err := <-applied; err != nil {
		return err
	}
	if err := until("this node", 2*time.Minute, func() error { return ready(client, node.name) }); err != nil {
		return err
	}
	log.Print("the node is ready")
	// The line, in k3s's own words, that tells a waiting test that the cluster can be used.
	fmt.Println(`level=info msg="Node controller sync successful"`)
	return nil
}

// claim says of a node that the control plane is on it, once the node has its pods' addresses.
func claim(client kubernetes.Interface, name string) error {
	node, err := client.CoreV1().Nodes().Get(context.Background(), name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if node.Spec.PodCIDR == "" {
		return errors.New("it has no pod addresses yet")
	}
	label := []byte(`{"metadata":{"labels":{"node-role.kubernetes.io/control-plane":"true"}}}`)
	_, err = client.CoreV1().Nodes().Patch(context.Background(), name, types.MergePatchType, label, metav1.PatchOptions{})
	return err
}

// invite tells agents that they may join, and which domain they will be in.
func invite(client kubernetes.Interface, domain string) error {
	_, err := client.CoreV1().ConfigMaps("kube-public").Create(context.Background(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: clusterInfo},
		Data:       map[string]string{"domain": domain},
	}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil // The server was stopped and started again.
	}
	return err
}

func ready(client kubernetes.Interface, name string) error {
	node, err := client.CoreV1().Nodes().Get(context.Background(), name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
			return nil
		}
	}
	return errors.New("it is not ready; the kubelet says why in " + logFile("kubelet"))
}

// credentials makes the cluster's certificates and tokens. Only the authorities outlive a restart:
// the rest may name an address that Docker has since given to another container.
func credentials(o options, node self) error {
	lasting := []string{"ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub"}
	old, err := filepath.Glob(pki + "/*")
	if err != nil {
		return err
	}
	confs, err := filepath.Glob("/etc/kubernetes/*.conf")
	if err != nil {
		return err
	}
	for _, file := range append(old, confs...) {
		if file != podResolvConf && !slices.Contains(lasting, filepath.Base(file)) {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	sans := append([]string{"localhost", "127.0.0.1", "::1", node.name, node.address}, o.tlsSANs...)
	config := fmt.Sprintf(`apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: %[1]q, bindPort: 6443}
nodeRegistration: {name: %[2]q, criSocket: unix:///run/containerd/containerd.sock}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: %[3]s
controlPlaneEndpoint: 127.0.0.1:6443
encryptionAlgorithm: ECDSA-P256
networking: {dnsDomain: %[4]q, podSubnet: %[5]s, serviceSubnet: %[6]s}
# Kept by kine, which needs no certificate; kubeadm only wants to know that it need not make one.
etcd: {external: {endpoints: ["http://127.0.0.1:2379"]}}
apiServer: {certSANs: ["%[7]s"]}
`, node.address, node.name, version(), o.clusterDomain, podRange, serviceRange, strings.Join(sans, `","`))
	file := "/etc/kubernetes/kubeadm.yaml"
	if err := write(file, config); err != nil {
		return err
	}
	for _, phase := range []string{"certs", "kubeconfig"} {
		if _, err := run("kubeadm", "init", "phase", phase, "all", "--config", file); err != nil {
			return err
		}
	}
	return writeTokens(o.token)
}

func version() string {
	return strings.TrimSpace(strings.Join(lines("/usr/share/node/kubernetes-version"), ""))
}

// writeTokens lets agents that know the token ask for a certificate.
func writeTokens(token string) error {
	if token == "" {
		if kept := lines(tokenFile); len(kept) == 1 {
			token = kept[0]
		} else {
			random := make([]byte, 24)
			if _, err := rand.Read(random); err != nil {
				return err
			}
			token = hex.EncodeToString(random)
		}
	}
	if err := write(tokenFile, token+"\n"); err != nil {
		return err
	}
	return write(tokens, fmt.Sprintf("%q,node-joiner,node-joiner,\"system:bootstrappers\"\n", token))
}

// writeK3sYAML turns kubeadm's kubeconfig for the administrator into one like k3s's.
func writeK3sYAML() error {
	config, err := clientcmd.LoadFromFile("/etc/kubernetes/super-admin.conf")
	if err != nil {
		return err
	}
	current := config.Contexts[config.CurrentContext]
	cluster, user := config.Clusters[current.Cluster], config.AuthInfos[current.AuthInfo]
	cluster.Server = "https://127.0.0.1:6443"
	return writeKubeconfig(k3sYAML, "default", &rest.Config{
		Host: cluster.Server,
		TLSClientConfig: rest.TLSClientConfig{
			CAData:   cluster.CertificateAuthorityData,
			CertData: user.ClientCertificateData,
			KeyData:  user.ClientKeyData,
		},
	})
}

// apply gives the API server the image's manifests, with the cluster's own values filled in. The
// pods in them wait for the node.
func apply(o options) error {
	otherNames := "forward . /etc/resolv.conf"
	if len(lines(podResolvConf)) == 0 {
		// There is nobody to ask, so every other name is unknown; saying so at once spares clients a time-out.
		otherNames = "template ANY ANY {\n            rcode NXDOMAIN\n        }"
	}
	values := strings.NewReplacer("${CLUSTER_DOMAIN}", o.clusterDomain, "${CLUSTER_DNS}", clusterDNS, "${OTHER_NAMES}", otherNames)
	arguments := []string{"--kubeconfig", k3sYAML, "apply", "--server-side", "--force-conflicts"}
	for _, name := range []string{"roles", "coredns", "local-storage", "metrics-server"} {
		if slices.Contains(o.disabled, name) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(manifests, name+".yaml"))
		if err != nil {
			return err
		}
		file := filepath.Join("/run/node", name+".yaml")
		if err := write(file, values.Replace(string(content))); err != nil {
			return err
		}
		arguments = append(arguments, "-f", file)
	}
	return until("the addons", 30*time.Second, func() error {
		_, err := run("kubectl", arguments...)
		return err
	})
}
