{{/*
`helm test`: one process publishes through the Service that clients use, and waits until its own message comes back.
*/}}

{{/* The first account that may publish and subscribe; without one the administrator, who may grant it to others. */}}
{{- define "mosquitto.testAccount" -}}
{{- $name := "admin" -}}
{{- range reverse .Values.security.accounts -}}
{{- if has "client" .roles -}}
{{- $name = .username -}}
{{- end -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{/* The door that is tested, as YAML: the plain one if it is open; TLS unless it wants a certificate of the client. */}}
{{- define "mosquitto.testDoor" -}}
{{- $doors := dict -}}
{{- range (include "mosquitto.listeners" . | fromYaml).clients -}}
{{- $_ := set $doors .name . -}}
{{- end -}}
{{- if hasKey $doors "mqtt" -}}
{{- toYaml $doors.mqtt -}}
{{- else if and (hasKey $doors "mqtts") (not .Values.tls.clientCertificates.required) -}}
{{- toYaml $doors.mqtts -}}
{{- end -}}
{{- end -}}

{{- define "mosquitto.testPod" -}}
{{- $door := include "mosquitto.testDoor" . | fromYaml -}}
{{- if and .Values.tests.enabled $door }}
{{- $topic := printf "helm-test/%s" .Release.Name }}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "mosquitto.fullname" . }}-test
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "mosquitto.labels" (dict "root" . "component" "test") | nindent 4 }}
  annotations:
    "helm.sh/hook": test
    "helm.sh/hook-delete-policy": before-hook-creation,hook-succeeded
    {{- with .Values.commonAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: false
  serviceAccountName: {{ include "mosquitto.serviceAccountName" . }}
  enableServiceLinks: false
  restartPolicy: Never
  {{- with include "mosquitto.imagePullSecrets" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext:
    {{- include "mosquitto.podSecurityContext" . | nindent 4 }}
  containers:
    - name: publish-and-receive
      image: {{ include "mosquitto.image" (dict "root" . "image" .Values.broker.image) }}
      imagePullPolicy: {{ .Values.broker.image.pullPolicy }}
      command:
        - /usr/bin/mosquitto_rr
      args:
        - -h
        - {{ include "mosquitto.fullname" . }}
        - -p
        - {{ get .Values.service.ports $door.name | int | quote }}
        - -k
        - {{ min 60 (int .Values.broker.settings.maxKeepalive) | quote }}
        - -u
        - {{ include "mosquitto.testAccount" . }}
        - -P
        - $(PASSWORD)
        - -q
        - "1"
        - -W
        - "20"
        - -t
        - {{ $topic }}
        - -e
        - {{ $topic }}
        - -m
        - came back through the Service
        {{- if $door.tls }}
        {{- /* What names an existing certificate has is not known here; that it was signed by its own CA is. */}}
        - --cafile
        - /tls/ca.crt
        - --insecure
        {{- end }}
      env:
        - name: PASSWORD
          valueFrom:
            secretKeyRef:
              name: {{ include "mosquitto.accountsSecret" . }}
              key: {{ include "mosquitto.testAccount" . }}
      resources:
        requests:
          cpu: 10m
          memory: 16Mi
        limits:
          memory: 64Mi
      securityContext:
        {{- include "mosquitto.containerSecurityContext" . | nindent 8 }}
      {{- if $door.tls }}
      volumeMounts:
        - name: tls
          mountPath: /tls
          readOnly: true
      {{- end }}
  {{- if $door.tls }}
  volumes:
    - name: tls
      secret:
        secretName: {{ include "mosquitto.tlsSecret" . }}
        items:
          - key: ca.crt
            path: ca.crt
  {{- end }}
{{- end }}
{{- end -}}
