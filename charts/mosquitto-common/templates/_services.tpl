{{/*
The Service that clients use. It leads to HAProxy, or to the broker where there is only one.
*/}}

{{- define "mosquitto.ipFamilies" -}}
{{- with .Values.service.ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .Values.service.ipFamilies }}
ipFamilies:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "mosquitto.clientService" -}}
{{- $service := .Values.service -}}
{{- $component := ternary "haproxy" "broker" (eq (include "mosquitto.balanced" .) "true") -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "clients" "name" (include "mosquitto.fullname" .) "labels" $service.labels "annotations" $service.annotations) | nindent 2 }}
spec:
  type: {{ $service.type }}
  {{- if ne $service.type "ClusterIP" }}
  externalTrafficPolicy: {{ $service.externalTrafficPolicy }}
  {{- end }}
  {{- if eq $service.type "LoadBalancer" }}
  {{- with $service.loadBalancerClass }}
  loadBalancerClass: {{ . }}
  {{- end }}
  {{- with $service.loadBalancerSourceRanges }}
  loadBalancerSourceRanges:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- with include "mosquitto.ipFamilies" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  selector:
    {{- include "mosquitto.selectorLabels" (dict "root" . "component" $component) | nindent 4 }}
  ports:
    {{- range (include "mosquitto.listeners" . | fromYaml).clients }}
    - name: {{ .name }}
      port: {{ int (get $service.ports .name) }}
      targetPort: {{ .name }}
      protocol: TCP
      {{- $nodePort := get $service.nodePorts .name }}
      {{- if and $nodePort (eq $service.type "NodePort") }}
      nodePort: {{ int $nodePort }}
      {{- end }}
    {{- end }}
{{- end -}}

{{- define "mosquitto.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.serviceAccountName" .) "annotations" .Values.serviceAccount.annotations) | nindent 2 }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}
