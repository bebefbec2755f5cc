{{/*
How Prometheus finds HAProxy's metrics, by its operator's objects.
*/}}

{{- define "mosquitto.serviceMonitor" -}}
{{- with .Values.monitoring.serviceMonitor }}
{{- if .enabled }}
{{- $component := dict "root" $ "component" "haproxy" }}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "mosquitto.metadata" (merge (dict "name" (include "mosquitto.haproxyName" $) "labels" .labels) $component) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" $component | nindent 6 }}
  namespaceSelector:
    matchNames:
      - {{ $.Release.Namespace }}
  endpoints:
    - port: metrics
      path: /metrics
      interval: {{ .interval }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.podMonitor" -}}
{{- with .Values.monitoring.podMonitor }}
{{- if .enabled }}
{{- $component := dict "root" $ "component" "haproxy" }}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "mosquitto.metadata" (merge (dict "name" (include "mosquitto.haproxyName" $) "labels" .labels) $component) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" $component | nindent 6 }}
  namespaceSelector:
    matchNames:
      - {{ $.Release.Namespace }}
  podMetricsEndpoints:
    - port: metrics
      path: /metrics
      interval: {{ .interval }}
{{- end }}
{{- end }}
{{- end -}}
