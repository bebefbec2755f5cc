{{/*
How browsers reach the management center: Service, Ingress, OpenShift Route, and its own certificate.
*/}}

{{- define "mosquitto.centerService" -}}
{{- if include "mosquitto.hasCenter" . }}
{{- $service := .Values.managementCenter.service }}
apiVersion: v1
kind: Service
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerName" .) "annotations" $service.annotations) | nindent 2 }}
spec:
  type: {{ $service.type }}
  {{- if eq $service.type "LoadBalancer" }}
  {{- with $service.loadBalancerSourceRanges }}
  loadBalancerSourceRanges:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- with include "mosquitto.ipFamilies" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  selector:
    {{- include "mosquitto.selectorLabels" (dict "root" . "component" "management-center") | nindent 4 }}
  ports:
    - name: web
      port: {{ int $service.port }}
      targetPort: web
      protocol: TCP
      {{- if and $service.nodePort (eq $service.type "NodePort") }}
      nodePort: {{ int $service.nodePort }}
      {{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.centerIngress" -}}
{{- $ingress := .Values.managementCenter.ingress }}
{{- if and (include "mosquitto.hasCenter" .) $ingress.enabled }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerName" .) "annotations" $ingress.annotations) | nindent 2 }}
spec:
  {{- with $ingress.className }}
  ingressClassName: {{ . }}
  {{- end }}
  {{- with $ingress.tlsSecret }}
  tls:
    - hosts:
        - {{ $ingress.host }}
      secretName: {{ . }}
  {{- end }}
  rules:
    - http:
        paths:
          - path: {{ .Values.managementCenter.basePath | default "/" }}
            pathType: Prefix
            backend:
              service:
                name: {{ include "mosquitto.centerName" . }}
                port:
                  name: web
      {{- with $ingress.host }}
      host: {{ . }}
      {{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.centerRoute" -}}
{{- $route := .Values.managementCenter.route }}
{{- if and (include "mosquitto.hasCenter" .) $route.enabled }}
apiVersion: route.openshift.io/v1
kind: Route
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerName" .) "annotations" $route.annotations) | nindent 2 }}
spec:
  {{- with $route.host }}
  host: {{ . }}
  {{- end }}
  {{- if not .Values.managementCenter.tls.enabled }}
  {{- with .Values.managementCenter.basePath }}
  path: {{ . }}
  {{- end }}
  {{- end }}
  to:
    kind: Service
    name: {{ include "mosquitto.centerName" . }}
    weight: 100
  port:
    targetPort: web
  tls:
    termination: {{ ternary "passthrough" "edge" .Values.managementCenter.tls.enabled }}
    insecureEdgeTerminationPolicy: Redirect
{{- end }}
{{- end -}}

{{/* What its certificate is asked for, as a JSON list. */}}
{{- define "mosquitto.centerCertificateNames" -}}
{{- $name := include "mosquitto.centerName" . -}}
{{- list
      (printf "%s.%s.svc.%s" $name .Release.Namespace .Values.clusterDomain)
      (printf "%s.%s.svc" $name .Release.Namespace)
      (printf "%s.%s" $name .Release.Namespace)
      $name
      "localhost" | toJson -}}
{{- end -}}

{{- define "mosquitto.centerCertificate" -}}
{{- $tls := .Values.managementCenter.tls }}
{{- if and (include "mosquitto.hasCenter" .) $tls.enabled $tls.certManager.enabled }}
{{- include "mosquitto.certificateFor" (dict "root" . "component" "management-center" "secret" (include "mosquitto.centerTlsSecret" .) "names" (include "mosquitto.centerCertificateNames" . | fromJsonArray) "manager" $tls.certManager) }}
{{- end }}
{{- end -}}

{{- define "mosquitto.centerSelfSigned" -}}
{{- $tls := .Values.managementCenter.tls }}
{{- if and (include "mosquitto.hasCenter" .) $tls.enabled $tls.selfSigned.enabled }}
{{- include "mosquitto.selfSignedFor" (dict "root" . "component" "management-center" "secret" (include "mosquitto.centerTlsSecret" .) "name" (include "mosquitto.centerName" .) "names" (include "mosquitto.centerCertificateNames" . | fromJsonArray) "self" $tls.selfSigned) }}
{{- end }}
{{- end -}}
