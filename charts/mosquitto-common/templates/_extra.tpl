{{/* Any further objects; `tpl` lets them use the release's names and values. */}}
{{- define "mosquitto.extraManifests" -}}
{{- range .Values.extraManifests }}
---
{{ tpl (kindIs "string" . | ternary . (toYaml .)) $ }}
{{- end }}
{{- end -}}
