{{/*
Labels and metadata. Templates that need a component take (dict "root" $ "component" "broker").
*/}}

{{- define "mosquitto.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What selects pods; it never changes in the life of a release. */}}
{{- define "mosquitto.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mosquitto.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "mosquitto.labels" -}}
helm.sh/chart: {{ include "mosquitto.chart" .root }}
{{ include "mosquitto.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: mosquitto-ha
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* No chart or application version here: a new chart alone must not restart a pod. */}}
{{- define "mosquitto.podLabels" -}}
{{- $fixed := include "mosquitto.selectorLabels" . | fromYaml -}}
{{- $fixed = merge $fixed (dict "app.kubernetes.io/part-of" "mosquitto-ha" "app.kubernetes.io/managed-by" .root.Release.Service) -}}
{{- toYaml (merge $fixed (deepCopy (.extra | default dict)) (deepCopy .root.Values.commonLabels)) -}}
{{- end -}}

{{/*
The metadata of an object: (dict "root" $ "component" "broker" "name" "x" "labels" (dict) "annotations" (dict)).
*/}}
{{- define "mosquitto.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- $fixed := include "mosquitto.labels" . | fromYaml }}
  {{- toYaml (merge $fixed (deepCopy (.labels | default dict))) | nindent 2 }}
{{- with merge (deepCopy (.annotations | default dict)) (deepCopy .root.Values.commonAnnotations) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
