package policy

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func pod(namespace, name, ip, node string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			NodeName:   node,
			Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "mqtt", ContainerPort: 1883}}}},
		},
		Status: corev1.PodStatus{PodIP: ip, Phase: corev1.PodRunning},
	}
}

func cluster(spec networkingv1.NetworkPolicySpec) Cluster {
	return Cluster{
		Pods: []*corev1.Pod{
			pod("a", "broker", "10.42.0.5", "here"),
			pod("a", "client", "10.42.1.6", "there"),
			pod("b", "client", "10.42.0.7", "here"),
		},
		Namespaces: []*corev1.Namespace{
			{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"team": "a"}}},
			{ObjectMeta: metav1.ObjectMeta{Name: "b", Labels: map[string]string{"team": "b"}}},
		},
		Policies: []*networkingv1.NetworkPolicy{{ObjectMeta: metav1.ObjectMeta{Namespace: "a"}, Spec: spec}},
	}
}

func app(name string) metav1.LabelSelector {
	return metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}
}

func expect(t *testing.T, rules string, wanted ...string) {
	t.Helper()
	for _, line := range wanted {
		if !strings.Contains(rules, line+"\n") {
			t.Errorf("no %q in\n%s", line, rules)
		}
	}
}

func TestPodsThatNoPolicySelectsAreOpen(t *testing.T) {
	rules := cluster(networkingv1.NetworkPolicySpec{PodSelector: app("other")}).Rules("here")
	if strings.Contains(rules, "reject") {
		t.Error(rules)
	}
}

func TestAPolicyWithoutRulesLetsNobodyIn(t *testing.T) {
	rules := cluster(networkingv1.NetworkPolicySpec{PodSelector: app("broker")}).Rules("here")
	expect(t, rules, "ip daddr vmap { 10.42.0.5 : jump in_10_42_0_5 }",
		"  chain in_10_42_0_5 {\n    ip saddr 10.42.0.5 return\n    reject")
}

func TestOnlyThePodsOfThisNodeAreGuardedHere(t *testing.T) {
	if rules := cluster(networkingv1.NetworkPolicySpec{}).Rules("there"); strings.Contains(rules, "in_10_42_0_5") {
		t.Error(rules)
	}
}

func TestAPodSelectorMeansThePolicysOwnNamespace(t *testing.T) {
	client, mqtt := app("client"), intstr.FromString("mqtt")
	rules := cluster(networkingv1.NetworkPolicySpec{
		PodSelector: app("broker"),
		Ingress: []networkingv1.NetworkPolicyIngressRule{{
			From:  []networkingv1.NetworkPolicyPeer{{PodSelector: &client}},
			Ports: []networkingv1.NetworkPolicyPort{{Port: &mqtt}},
		}},
	}).Rules("here")
	expect(t, rules, "    ip saddr 10.42.1.6 tcp dport 1883 return")
	if strings.Contains(rules, "10.42.0.7") {
		t.Error(rules)
	}
}

func TestANamespaceSelectorMeansAllOfItsPods(t *testing.T) {
	rules := cluster(networkingv1.NetworkPolicySpec{
		PodSelector: app("broker"),
		Ingress: []networkingv1.NetworkPolicyIngressRule{{
			From: []networkingv1.NetworkPolicyPeer{{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "b"}},
			}},
		}},
	}).Rules("here")
	expect(t, rules, "    ip saddr 10.42.0.7 return")
}

func TestEgressIsGuardedWhenItIsNamed(t *testing.T) {
	end, udp, low := int32(60), corev1.ProtocolUDP, intstr.FromInt32(53)
	rules := cluster(networkingv1.NetworkPolicySpec{
		PodSelector: app("broker"),
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress},
		Egress: []networkingv1.NetworkPolicyEgressRule{{
			To: []networkingv1.NetworkPolicyPeer{{
				IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8", Except: []string{"10.42.0.0/16"}},
			}},
			Ports: []networkingv1.NetworkPolicyPort{{Protocol: &udp, Port: &low, EndPort: &end}},
		}},
	}).Rules("here")
	expect(t, rules, "    ip saddr vmap { 10.42.0.5 : jump out_10_42_0_5 }",
		"    ip daddr 10.0.0.0/8 ip daddr != { 10.42.0.0/16 } udp dport 53-60 return")
	if strings.Contains(rules, "in_") {
		t.Error(rules)
	}
}
