{{/*
What the management center may do in Kubernetes, and whom it may speak to.
*/}}

{{- define "mosquitto.centerServiceAccount" -}}
{{- $account := .Values.managementCenter.serviceAccount }}
{{- if and (include "mosquitto.hasCenter" .) $account.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerServiceAccountName" .) "annotations" $account.annotations) | nindent 2 }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}

{{/* true where the chart gives it rights. */}}
{{- define "mosquitto.centerHasRole" -}}
{{- with .Values.managementCenter -}}
{{- if and .enabled .kubernetes.enabled .rbac.create -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* To see and change the brokers, by their names, and nothing else. */}}
{{- define "mosquitto.centerRole" -}}
{{- if include "mosquitto.centerHasRole" . }}
{{- $full := include "mosquitto.fullname" . }}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerName" .)) | nindent 2 }}
rules:
  - apiGroups:
      - ""
    resources:
      - pods
    resourceNames:
      {{- include "mosquitto.centerPods" . | nindent 6 }}
    verbs:
      - get
      - delete
  - apiGroups:
      - ""
    resources:
      - pods/log
    resourceNames:
      {{- include "mosquitto.centerPods" . | nindent 6 }}
    verbs:
      - get
  - apiGroups:
      - apps
    resources:
      - statefulsets
    resourceNames:
      - {{ $full }}
    verbs:
      - get
  {{- if include "mosquitto.replicated" . }}
  - apiGroups:
      - apps
    resources:
      - statefulsets/scale
    resourceNames:
      - {{ $full }}
    verbs:
      - patch
  {{- end }}
  {{- if include "mosquitto.balanced" . }}
  # Whether an autoscaler decides how many there are.
  - apiGroups:
      - autoscaling
    resources:
      - horizontalpodautoscalers
    verbs:
      - list
  {{- end }}
{{- end }}
{{- end -}}

{{/* Every broker that there can be. */}}
{{- define "mosquitto.centerPods" -}}
{{- $full := include "mosquitto.fullname" . -}}
{{- $pods := list -}}
{{- range $n := until (include "mosquitto.maxBrokers" . | trim | int) -}}
{{- $pods = append $pods (printf "%s-%d" $full $n) -}}
{{- end -}}
{{- toYaml $pods -}}
{{- end -}}

{{- define "mosquitto.centerRoleBinding" -}}
{{- if include "mosquitto.centerHasRole" . }}
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerName" .)) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "mosquitto.centerName" . }}
subjects:
  - kind: ServiceAccount
    name: {{ include "mosquitto.centerServiceAccountName" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}
{{- end -}}

{{/* The port of the provider of single sign-on, which is anywhere. */}}
{{- define "mosquitto.oidcPort" -}}
{{- $address := urlParse .Values.managementCenter.oidc.issuer -}}
{{- $port := regexFind ":[0-9]+$" $address.host | trimPrefix ":" -}}
{{- $port | default (ternary "443" "80" (eq $address.scheme "https")) -}}
{{- end -}}

{{- define "mosquitto.centerEgress" -}}
{{- $broker := dict "root" . "component" "broker" -}}
{{ include "mosquitto.dnsEgress" . }}
- ports:
    {{- if include "mosquitto.supervised" . }}
    - port: health
      protocol: TCP
    {{- end }}
    - port: management
      protocol: TCP
  to:
    {{- include "mosquitto.peerOf" $broker | nindent 4 }}
# Where clients come in: it checks the way that they go.
- ports:
    {{- if include "mosquitto.balanced" . }}
    - port: metrics
      protocol: TCP
    {{- end }}
    {{- range (include "mosquitto.listeners" . | fromYaml).clients }}
    - port: {{ .name }}
      protocol: TCP
    {{- end }}
  to:
    {{- include "mosquitto.peerOf" (ternary (dict "root" . "component" "haproxy") $broker (eq (include "mosquitto.balanced" .) "true")) | nindent 4 }}
{{- if .Values.managementCenter.kubernetes.enabled }}
{{ include "mosquitto.kubernetesEgress" . }}
{{- end }}
{{- if .Values.managementCenter.oidc.issuer }}
- ports:
    - port: {{ include "mosquitto.oidcPort" . }}
      protocol: TCP
{{- end }}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mosquitto.centerNetworkPolicy" -}}
{{- if and (include "mosquitto.hasCenter" .) .Values.networkPolicy.enabled }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerName" .)) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" (dict "root" . "component" "management-center") | nindent 6 }}
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - ports:
        - port: web
          protocol: TCP
      {{- with .Values.networkPolicy.managementCenter }}
      from:
        {{- toYaml . | nindent 8 }}
        {{- with $.Values.networkPolicy.monitoring }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
    {{- with .Values.networkPolicy.extraIngress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  egress:
    {{- include "mosquitto.centerEgress" . | nindent 4 }}
{{- end }}
{{- end -}}
