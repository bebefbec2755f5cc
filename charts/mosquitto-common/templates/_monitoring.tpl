{{/*
How Prometheus finds the metrics of HAProxy, of the brokers' agents and of the management center, where there are any, by its
operator's objects.
*/}}

{{/* What has metrics, as YAML: component, the name of its Service and monitors, the port, and what stands before /metrics. */}}
{{- define "mosquitto.monitored" -}}
{{- if include "mosquitto.balanced" . }}
- component: haproxy
  name: {{ include "mosquitto.haproxyName" . }}
  port: metrics
{{- end }}
{{- if include "mosquitto.supervised" . }}
- component: broker
  name: {{ include "mosquitto.fullname" . }}
  port: health
{{- end }}
{{- if include "mosquitto.hasCenter" . }}
- component: management-center
  name: {{ include "mosquitto.centerName" . }}
  port: web
  base: {{ .Values.managementCenter.basePath | quote }}
  tls: {{ .Values.managementCenter.tls.enabled }}
{{- end }}
{{- end -}}

{{/* (dict "root" $ "kind" "ServiceMonitor" "endpoints" "endpoints" "monitor" .Values.monitoring.serviceMonitor) */}}
{{- define "mosquitto.monitors" -}}
{{- $root := .root -}}
{{- $monitor := .monitor -}}
{{- if $monitor.enabled }}
{{- range $each := include "mosquitto.monitored" $root | fromYamlArray }}
{{- $component := dict "root" $root "component" $each.component }}
---
apiVersion: monitoring.coreos.com/v1
kind: {{ $.kind }}
metadata:
  {{- include "mosquitto.metadata" (merge (dict "name" $each.name "labels" $monitor.labels) $component) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" $component | nindent 6 }}
  namespaceSelector:
    matchNames:
      - {{ $root.Release.Namespace }}
  {{ $.endpoints }}:
    - port: {{ $each.port }}
      path: {{ $each.base }}/metrics
      interval: {{ $monitor.interval }}
      {{- if $each.tls }}
      scheme: https
      {{- /* Found by the pod's address, which no certificate names. */}}
      tlsConfig:
        insecureSkipVerify: true
      {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.serviceMonitor" -}}
{{- include "mosquitto.monitors" (dict "root" . "kind" "ServiceMonitor" "endpoints" "endpoints" "monitor" .Values.monitoring.serviceMonitor) -}}
{{- end -}}

{{- define "mosquitto.podMonitor" -}}
{{- include "mosquitto.monitors" (dict "root" . "kind" "PodMonitor" "endpoints" "podMetricsEndpoints" "monitor" .Values.monitoring.podMonitor) -}}
{{- end -}}
