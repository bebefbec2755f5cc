{{/*
OpenShift's router in front of MQTT over TLS. It does not look inside, so TLS ends where tls.mode says.
*/}}

{{- define "mosquitto.route" -}}
{{- if .Values.route.enabled }}
apiVersion: route.openshift.io/v1
kind: Route
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "clients" "name" (include "mosquitto.fullname" .) "annotations" .Values.route.annotations) | nindent 2 }}
spec:
  {{- with .Values.route.host }}
  host: {{ . }}
  {{- end }}
  to:
    kind: Service
    name: {{ include "mosquitto.fullname" . }}
    weight: 100
  port:
    targetPort: mqtts
  tls:
    termination: passthrough
    insecureEdgeTerminationPolicy: None
{{- end }}
{{- end -}}
