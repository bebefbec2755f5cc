package main

import (
	"context"
	"log"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"io.mosquittoha/testbed/node/policy"
)

// enforce keeps the kernel's rules in step with the cluster's network policies. It does not return.
func enforce(factory informers.SharedInformerFactory, node self) {
	pods := factory.Core().V1().Pods()
	namespaces := factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()
	changed := make(chan struct{}, 1)
	notice := func() {
		select {
		case changed <- struct{}{}:
		default: // One is waiting already, and it will see this change as well.
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notice() },
		UpdateFunc: func(any, any) { notice() },
		DeleteFunc: func(any) { notice() },
	}
	var synced []cache.InformerSynced
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			log.Printf("network policies are not enforced: %v", err)
			return
		}
		synced = append(synced, informer.HasSynced)
	}
	stop := context.Background().Done()
	factory.Start(stop)
	cache.WaitForCacheSync(stop, synced...)
	var current string
	for range changed {
		all := policy.Cluster{}
		all.Pods, _ = pods.Lister().List(labels.Everything())
		all.Namespaces, _ = namespaces.Lister().List(labels.Everything())
		all.Policies, _ = policies.Lister().List(labels.Everything())
		rules := all.Rules(node.name)
		if rules == current {
			continue
		}
		if err := nft(rules); err != nil {
			log.Printf("network policies are not enforced: %v", err)
			time.AfterFunc(time.Second, notice)
			continue
		}
		current = rules
	}
}
