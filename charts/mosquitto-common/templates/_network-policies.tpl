{{/*
Who may speak to whom. Kubelets' probes come from the node itself, which network plugins let through.
*/}}

{{/* Names may be resolved anywhere: node-local caches and OpenShift's port 5353 included. */}}
{{- define "mosquitto.dnsEgress" -}}
- ports:
    {{- range $port := list 53 5353 }}
    - port: {{ $port }}
      protocol: UDP
    - port: {{ $port }}
      protocol: TCP
    {{- end }}
{{- end -}}

{{- define "mosquitto.peerOf" -}}
- podSelector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* An ingress rule for the ports that clients use: whoever `clients` names, the pod of `helm test` and the management center, or everyone. */}}
{{- define "mosquitto.clientIngress" -}}
- ports:
    {{- range (include "mosquitto.listeners" . | fromYaml).clients }}
    - port: {{ .name }}
      protocol: TCP
    {{- end }}
  {{- with .Values.networkPolicy.clients }}
  from:
    {{- toYaml . | nindent 4 }}
    {{- include "mosquitto.peerOf" (dict "root" $ "component" "test") | nindent 4 }}
    {{- if include "mosquitto.hasCenter" $ }}
    {{- include "mosquitto.peerOf" (dict "root" $ "component" "management-center") | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end -}}

{{/* The doors of brokers, as ports of a rule. */}}
{{- define "mosquitto.brokerDoors" -}}
{{- range (include "mosquitto.listeners" . | fromYaml).brokers }}
- port: {{ .name }}
  protocol: TCP
{{- end }}
{{- end -}}

{{/* true where something else than HAProxy and brokers may read the agents' metrics: what the values name, or what a monitor is for. */}}
{{- define "mosquitto.agentsAreMonitored" -}}
{{- if include "mosquitto.supervised" . -}}
{{- if or .Values.networkPolicy.monitoring .Values.monitoring.serviceMonitor.enabled .Values.monitoring.podMonitor.enabled -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "mosquitto.brokerIngress" -}}
{{- $broker := dict "root" . "component" "broker" -}}
{{- $haproxy := dict "root" . "component" "haproxy" -}}
{{- if include "mosquitto.balanced" . -}}
- ports:
    {{- include "mosquitto.brokerDoors" . | trim | nindent 4 }}
  from:
    {{- include "mosquitto.peerOf" $haproxy | nindent 4 }}
    {{- if include "mosquitto.replicated" . }}
    {{- /* A follower relays its clients to the leader. */}}
    {{- include "mosquitto.peerOf" $broker | nindent 4 }}
    {{- end }}
- ports:
    - port: health
      protocol: TCP
  from:
    {{- include "mosquitto.peerOf" $haproxy | nindent 4 }}
    {{- include "mosquitto.peerOf" $broker | nindent 4 }}
{{- else -}}
{{ include "mosquitto.clientIngress" . }}
{{- end }}
{{- if include "mosquitto.replicated" . }}
- ports:
    - port: peer
      protocol: TCP
  from:
    {{- include "mosquitto.peerOf" $broker | nindent 4 }}
{{- end }}
{{- if include "mosquitto.hasCenter" . }}
{{- $center := dict "root" . "component" "management-center" }}
- ports:
    - port: management
      protocol: TCP
  from:
    {{- include "mosquitto.peerOf" $center | nindent 4 }}
    {{- if include "mosquitto.replicated" . }}
    {{- /* A follower relays it to the leader. */}}
    {{- include "mosquitto.peerOf" $broker | nindent 4 }}
    {{- end }}
{{- if include "mosquitto.supervised" . }}
- ports:
    - port: health
      protocol: TCP
  from:
    {{- include "mosquitto.peerOf" $center | nindent 4 }}
{{- end }}
{{- end }}
{{- if include "mosquitto.agentsAreMonitored" . }}
- ports:
    - port: health
      protocol: TCP
  {{- with .Values.networkPolicy.monitoring }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .Values.networkPolicy.extraIngress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
The Kubernetes API has no pods that a rule could select, and its address is the cluster's business: only its ports are named. What a
broker may do there is the Role's business.
*/}}
{{- define "mosquitto.kubernetesEgress" -}}
- ports:
    - port: 443
      protocol: TCP
    - port: 6443
      protocol: TCP
{{- end -}}

{{- define "mosquitto.brokerEgress" -}}
{{ include "mosquitto.dnsEgress" . }}
{{- if include "mosquitto.balanced" . }}
- ports:
    - port: health
      protocol: TCP
    {{- if include "mosquitto.replicated" . }}
    - port: peer
      protocol: TCP
    {{- include "mosquitto.brokerDoors" . | trim | nindent 4 }}
    {{- if include "mosquitto.hasCenter" . }}
    - port: management
      protocol: TCP
    {{- end }}
    {{- end }}
  to:
    {{- include "mosquitto.peerOf" (dict "root" . "component" "broker") | nindent 4 }}
{{- end }}
{{- if include "mosquitto.replicated" . }}
{{ include "mosquitto.kubernetesEgress" . }}
{{- end }}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mosquitto.brokerNetworkPolicy" -}}
{{- if .Values.networkPolicy.enabled }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.fullname" .)) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" (dict "root" . "component" "broker") | nindent 6 }}
  policyTypes:
    - Ingress
    - Egress
  ingress:
    {{- include "mosquitto.brokerIngress" . | nindent 4 }}
  egress:
    {{- include "mosquitto.brokerEgress" . | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "mosquitto.haproxyNetworkPolicy" -}}
{{- if .Values.networkPolicy.enabled }}
{{- $broker := dict "root" . "component" "broker" }}
{{- $haproxy := dict "root" . "component" "haproxy" }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "haproxy" "name" (include "mosquitto.haproxyName" .)) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" (dict "root" . "component" "haproxy") | nindent 6 }}
  policyTypes:
    - Ingress
    - Egress
  ingress:
    {{- include "mosquitto.clientIngress" . | nindent 4 }}
    - ports:
        - port: metrics
          protocol: TCP
      {{- with .Values.networkPolicy.monitoring }}
      from:
        {{- toYaml . | nindent 8 }}
        {{- if include "mosquitto.hasCenter" $ }}
        {{- include "mosquitto.peerOf" (dict "root" $ "component" "management-center") | nindent 8 }}
        {{- end }}
      {{- end }}
    {{- if include "mosquitto.elastic" . }}
    - ports:
        - port: peers
          protocol: TCP
      from:
        {{- include "mosquitto.peerOf" $haproxy | nindent 8 }}
    {{- end }}
    {{- with .Values.networkPolicy.extraIngress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  egress:
    {{- include "mosquitto.dnsEgress" . | nindent 4 }}
    {{- if include "mosquitto.elastic" . }}
    - ports:
        - port: peers
          protocol: TCP
      to:
        {{- include "mosquitto.peerOf" $haproxy | nindent 8 }}
    {{- end }}
    - ports:
        {{- range (include "mosquitto.listeners" . | fromYaml).brokers }}
        - port: {{ .name }}
          protocol: TCP
        {{- end }}
        - port: health
          protocol: TCP
      to:
        {{- include "mosquitto.peerOf" $broker | nindent 8 }}
    {{- with .Values.networkPolicy.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end -}}
