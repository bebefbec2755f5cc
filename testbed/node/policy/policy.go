// Package policy turns NetworkPolicy objects into nftables rules for one node's pods.
//
// Kubernetes leaves the enforcement to whoever makes the pod network; on this image that is the
// image itself. Packets between pods, and from outside to pods, pass the kernel's forward hook after
// Services are resolved and before addresses are masqueraded: there, a packet must be let out by the
// policies of its sender and let in by those of its receiver. What the node itself sends to its pods
// (probes) does not pass that hook and is always allowed, as the API demands.
package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Table is the name of the nftables table that holds the rules.
const Table = "node-policy"

// Cluster is what policies speak about.
type Cluster struct {
	Pods       []*corev1.Pod
	Namespaces []*corev1.Namespace
	Policies   []*networkingv1.NetworkPolicy
}

// Rules is the table for the pods of a node; it replaces the one before it as a whole. The same
// cluster gives the same text.
func (c Cluster) Rules(node string) string {
	var ingress, egress, chains []string
	for _, pod := range c.sorted() {
		if pod.Spec.NodeName != node {
			continue
		}
		ip := pod.Status.PodIP
		chain := strings.ReplaceAll(ip, ".", "_")
		if rules, isolated := c.incoming(pod); isolated {
			ingress = append(ingress, fmt.Sprintf("%s : jump in_%s", ip, chain))
			chains = append(chains, body("in_"+chain, "ip saddr "+ip, rules))
		}
		if rules, isolated := c.outgoing(pod); isolated {
			egress = append(egress, fmt.Sprintf("%s : jump out_%s", ip, chain))
			chains = append(chains, body("out_"+chain, "ip daddr "+ip, rules))
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "table ip %[1]s {}\ndelete table ip %[1]s\ntable ip %[1]s {\n", Table)
	for _, chain := range chains {
		table.WriteString(chain)
	}
	table.WriteString("  chain forward {\n    type filter hook forward priority filter; policy accept;\n")
	table.WriteString("    ct state established,related accept\n")
	if len(egress) > 0 {
		fmt.Fprintf(&table, "    ip saddr vmap { %s }\n", strings.Join(egress, ", "))
	}
	if len(ingress) > 0 {
		fmt.Fprintf(&table, "    ip daddr vmap { %s }\n", strings.Join(ingress, ", "))
	}
	table.WriteString("  }\n}\n")
	return table.String()
}

// body is the chain of an isolated pod: itself and what is allowed return, the rest is refused, so
// that a client learns of it at once.
func body(name, itself string, rules []string) string {
	slices.Sort(rules)
	var chain strings.Builder
	fmt.Fprintf(&chain, "  chain %s {\n    %s return\n", name, itself)
	for _, rule := range slices.Compact(rules) {
		fmt.Fprintf(&chain, "    %s return\n", rule)
	}
	chain.WriteString("    reject\n  }\n")
	return chain.String()
}

// sorted is the pods that have an address of their own.
func (c Cluster) sorted() []*corev1.Pod {
	var pods []*corev1.Pod
	for _, pod := range c.Pods {
		ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		address, err := netip.ParseAddr(pod.Status.PodIP)
		if err == nil && address.Is4() && !pod.Spec.HostNetwork && !ended {
			pods = append(pods, pod)
		}
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int { return strings.Compare(a.Status.PodIP, b.Status.PodIP) })
	return pods
}

func (c Cluster) incoming(pod *corev1.Pod) (rules []string, isolated bool) {
	for _, policy := range c.Policies {
		if !selects(policy, pod) || !hasType(policy, networkingv1.PolicyTypeIngress) {
			continue
		}
		isolated = true
		for _, rule := range policy.Spec.Ingress {
			ports := portMatches(rule.Ports, pod)
			for _, source := range c.peers("saddr", policy.Namespace, rule.From) {
				rules = append(rules, combine(source.match, ports)...)
			}
		}
	}
	return rules, isolated
}

func (c Cluster) outgoing(pod *corev1.Pod) (rules []string, isolated bool) {
	for _, policy := range c.Policies {
		if !selects(policy, pod) || !hasType(policy, networkingv1.PolicyTypeEgress) {
			continue
		}
		isolated = true
		for _, rule := range policy.Spec.Egress {
			for _, destination := range c.peers("daddr", policy.Namespace, rule.To) {
				rules = append(rules, combine(destination.match, portMatches(rule.Ports, destination.pod))...)
			}
		}
	}
	return rules, isolated
}

func selects(policy *networkingv1.NetworkPolicy, pod *corev1.Pod) bool {
	return policy.Namespace == pod.Namespace && matches(&policy.Spec.PodSelector, pod.Labels)
}

// hasType is the API's rule for a policy that does not name its types.
func hasType(policy *networkingv1.NetworkPolicy, wanted networkingv1.PolicyType) bool {
	if len(policy.Spec.PolicyTypes) == 0 {
		return wanted == networkingv1.PolicyTypeIngress || len(policy.Spec.Egress) > 0
	}
	return slices.Contains(policy.Spec.PolicyTypes, wanted)
}

func matches(selector *metav1.LabelSelector, of map[string]string) bool {
	compiled, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && compiled.Matches(labels.Set(of))
}

// peer is one side of a rule, as a match on an address; pod is nil when it is not a certain pod.
type peer struct {
	match string
	pod   *corev1.Pod
}

func (c Cluster) peers(field, namespace string, from []networkingv1.NetworkPolicyPeer) []peer {
	if len(from) == 0 {
		return []peer{{}}
	}
	var all []peer
	for _, one := range from {
		if one.IPBlock != nil {
			match := fmt.Sprintf("ip %s %s", field, one.IPBlock.CIDR)
			if len(one.IPBlock.Except) > 0 {
				match += fmt.Sprintf(" ip %s != { %s }", field, strings.Join(one.IPBlock.Except, ", "))
			}
			if prefix, err := netip.ParsePrefix(one.IPBlock.CIDR); err == nil && prefix.Addr().Is4() {
				all = append(all, peer{match: match})
			}
			continue
		}
		for _, pod := range c.sorted() {
			if c.inNamespaces(pod.Namespace, namespace, one.NamespaceSelector) &&
				(one.PodSelector == nil || matches(one.PodSelector, pod.Labels)) {
				all = append(all, peer{match: fmt.Sprintf("ip %s %s", field, pod.Status.PodIP), pod: pod})
			}
		}
	}
	return all
}

func (c Cluster) inNamespaces(name, own string, selector *metav1.LabelSelector) bool {
	if selector == nil {
		return name == own
	}
	for _, namespace := range c.Namespaces {
		if namespace.Name == name {
			return matches(selector, namespace.Labels)
		}
	}
	return false
}

// portMatches is one match per port; a port's name means what the receiving pod means by it.
func portMatches(ports []networkingv1.NetworkPolicyPort, receiver *corev1.Pod) []string {
	if len(ports) == 0 {
		return []string{""}
	}
	var all []string
	for _, port := range ports {
		protocol := corev1.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		name := strings.ToLower(string(protocol))
		switch {
		case port.Port == nil:
			all = append(all, "meta l4proto "+name)
		case port.Port.Type == intstr.String:
			for _, number := range named(port.Port.StrVal, protocol, receiver) {
				all = append(all, fmt.Sprintf("%s dport %d", name, number))
			}
		case port.EndPort != nil:
			all = append(all, fmt.Sprintf("%s dport %d-%d", name, port.Port.IntVal, *port.EndPort))
		default:
			all = append(all, fmt.Sprintf("%s dport %d", name, port.Port.IntVal))
		}
	}
	return all
}

func named(name string, protocol corev1.Protocol, pod *corev1.Pod) []int32 {
	if pod == nil {
		return nil
	}
	var numbers []int32
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			if port.Name == name && (port.Protocol == protocol || port.Protocol == "" && protocol == corev1.ProtocolTCP) {
				numbers = append(numbers, port.ContainerPort)
			}
		}
	}
	return numbers
}

func combine(match string, ports []string) []string {
	var rules []string
	for _, port := range ports {
		rules = append(rules, strings.TrimSpace(match+" "+port))
	}
	return rules
}
