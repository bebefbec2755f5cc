{{/*
The management center: what it is told, its Deployment, and what it keeps. There is one of it, and no broker needs it.
*/}}

{{/* The address by which browsers reach it, without the path, where the values tell. */}}
{{- define "mosquitto.centerPublicUrl" -}}
{{- with .Values.managementCenter -}}
{{- if .publicUrl -}}
{{- .publicUrl -}}
{{- else if and .route.enabled .route.host -}}
{{- printf "https://%s" .route.host -}}
{{- else if and .ingress.enabled .ingress.host -}}
{{- printf "%s://%s" (ternary "https" "http" (ne .ingress.tlsSecret "")) .ingress.host -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* management-center.properties but for the number of brokers, which changes without a restart. */}}
{{- define "mosquitto.centerSettings" -}}
{{- $center := .Values.managementCenter -}}
{{- $door := include "mosquitto.testDoor" . | fromYaml -}}
# Written by Helm from the values of release {{ .Release.Name }}; change the values, not this file.

# What it is part of.
variant={{ include "mosquitto.variant" . }}
release={{ .Release.Name }}
namespace={{ ternary .Release.Namespace "" $center.kubernetes.enabled }}
statefulSet={{ include "mosquitto.fullname" . }}
service={{ include "mosquitto.headlessDomain" . }}
{{- if include "mosquitto.balanced" . }}
proxies={{ include "mosquitto.haproxyName" . }}
{{- end }}

# How it reaches brokers, each by itself, and where clients come in.
agentPort={{ ternary 7070 0 (eq (include "mosquitto.supervised" .) "true") }}
mqttPort=1884
account=management-center
passwordFile=/center/account/password
{{- if include "mosquitto.supervised" . }}
tokenFile=/center/api/token
{{- end }}
{{- if $door }}
entrance={{ include "mosquitto.serviceDomain" . }}:{{ get .Values.service.ports $door.name | int }}
entranceTls={{ $door.tls }}
{{- end }}

# How browsers reach it.
port=8080
{{- if $center.tls.enabled }}
certificate=/center/tls/tls.crt
certificateKey=/center/tls/tls.key
{{- end }}
base={{ $center.basePath }}
publicUrl={{ include "mosquitto.centerPublicUrl" . }}
firstPasswordFile=/center/login/password

# What it keeps.
data=/center/data
historyHours={{ int $center.historyHours }}
{{- with $center.oidc }}
{{- if .issuer }}

# Single sign-on.
oidc.issuer={{ .issuer }}
oidc.clientId={{ .clientId }}
oidc.clientSecretFile=/center/oidc/client-secret
oidc.rolesClaim={{ .rolesClaim }}
oidc.admins={{ join "," .admins }}
oidc.editors={{ join "," .editors }}
oidc.viewers={{ join "," .viewers }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.centerConfig" -}}
{{- if include "mosquitto.hasCenter" . }}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerName" .)) | nindent 2 }}
data:
  management-center.properties: |
    {{- include "mosquitto.centerSettings" . | nindent 4 }}

    # How many brokers there were when this was written: a hint for its start, nothing more.
    brokers={{ include "mosquitto.leastBrokers" . }}
{{- end }}
{{- end -}}

{{/* The first password of `admin`. Remembered in the root context: Secret and checksum speak of the same random text. */}}
{{- define "mosquitto.centerLoginData" -}}
{{- if not (hasKey . "mosquittoCenterLogin") -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace (include "mosquitto.centerLoginSecret" .) | default dict -}}
{{- $_ := set . "mosquittoCenterLogin" (dig "data" "password" (randAlphaNum 24 | b64enc) $found) -}}
{{- end -}}
{{- .mosquittoCenterLogin -}}
{{- end -}}

{{/* What a Secret has that the values name, where the cluster can be asked: (dict "root" $ "name" "x"). */}}
{{- define "mosquitto.existingSecretChecksum" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .name | default dict -}}
{{- printf "%s %s" .name (get $found "data" | default dict | toYaml) | sha256sum -}}
{{- end -}}

{{- define "mosquitto.centerLoginChecksum" -}}
{{- with .Values.managementCenter.existingSecret -}}
{{- include "mosquitto.existingSecretChecksum" (dict "root" $ "name" .) -}}
{{- else -}}
{{- include "mosquitto.centerLoginData" . | sha256sum -}}
{{- end -}}
{{- end -}}

{{/* Its users are on its volume; while that outlives the release, so does what told the first one's password. */}}
{{- define "mosquitto.centerOutlivesRelease" -}}
{{- with .Values.managementCenter.persistence -}}
{{- if and .enabled (eq .whenDeleted "Retain") -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "mosquitto.centerKept" -}}
{{- if include "mosquitto.centerOutlivesRelease" . -}}
helm.sh/resource-policy: keep
{{- end -}}
{{- end -}}

{{- define "mosquitto.centerLogin" -}}
{{- if and (include "mosquitto.hasCenter" .) (not .Values.managementCenter.existingSecret) }}
apiVersion: v1
kind: Secret
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerLoginSecret" .) "annotations" (include "mosquitto.centerKept" . | fromYaml)) | nindent 2 }}
type: Opaque
data:
  password: {{ include "mosquitto.centerLoginData" . }}
{{- end }}
{{- end -}}

{{- define "mosquitto.centerVolumeClaim" -}}
{{- $persistence := .Values.managementCenter.persistence }}
{{- if and (include "mosquitto.hasCenter" .) $persistence.enabled }}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "management-center" "name" (include "mosquitto.centerName" .) "annotations" (include "mosquitto.centerKept" . | fromYaml)) | nindent 2 }}
spec:
  accessModes:
    {{- toYaml $persistence.accessModes | nindent 4 }}
  {{- with $persistence.storageClass }}
  storageClassName: {{ ternary "" . (eq . "-") | quote }}
  {{- end }}
  resources:
    requests:
      storage: {{ $persistence.size | quote }}
{{- end }}
{{- end -}}

{{- define "mosquitto.centerVolumeMounts" -}}
- name: data
  mountPath: /center/data
- name: config
  mountPath: /center/config
  readOnly: true
- name: account
  mountPath: /center/account
  readOnly: true
{{- if include "mosquitto.supervised" . }}
- name: api
  mountPath: /center/api
  readOnly: true
{{- end }}
- name: login
  mountPath: /center/login
  readOnly: true
{{- if .Values.managementCenter.oidc.issuer }}
- name: oidc
  mountPath: /center/oidc
  readOnly: true
{{- end }}
{{- if .Values.managementCenter.tls.enabled }}
- name: tls
  mountPath: /center/tls
  readOnly: true
{{- end }}
{{- if .Values.managementCenter.kubernetes.enabled }}
- name: kubernetes-api
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end }}
- name: tmp
  mountPath: /tmp
{{- end -}}

{{/* One key of a Secret, as a file: (dict "volume" "api" "secret" "x" "key" "token" "path" "token"). */}}
{{- define "mosquitto.secretFile" -}}
- name: {{ .volume }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 288
    items:
      - key: {{ .key }}
        path: {{ .path }}
{{- end -}}

{{- define "mosquitto.centerVolumes" -}}
- name: data
{{- if .Values.managementCenter.persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ include "mosquitto.centerName" . }}
{{- else }}
  emptyDir: {}
{{- end }}
- name: config
  configMap:
    name: {{ include "mosquitto.centerName" . }}
{{ include "mosquitto.secretFile" (dict "volume" "account" "secret" (include "mosquitto.accountsSecret" .) "key" "management-center" "path" "password") }}
{{- if include "mosquitto.supervised" . }}
{{ include "mosquitto.secretFile" (dict "volume" "api" "secret" (include "mosquitto.apiSecret" .) "key" "token" "path" "token") }}
{{- end }}
{{ include "mosquitto.secretFile" (dict "volume" "login" "secret" (include "mosquitto.centerLoginSecret" .) "key" "password" "path" "password") }}
{{- with .Values.managementCenter.oidc }}
{{- if .issuer }}
{{ include "mosquitto.secretFile" (dict "volume" "oidc" "secret" .existingSecret "key" "client-secret" "path" "client-secret") }}
{{- end }}
{{- end }}
{{- if .Values.managementCenter.tls.enabled }}
- name: tls
  secret:
    secretName: {{ include "mosquitto.centerTlsSecret" . }}
    defaultMode: 288
{{- end }}
{{- if .Values.managementCenter.kubernetes.enabled }}
{{ include "mosquitto.kubernetesApiVolume" . }}
{{- end }}
- name: tmp
  emptyDir: {}
{{- end -}}

{{/* (dict "root" $ "path" "/healthz") */}}
{{- define "mosquitto.centerProbe" -}}
{{- $center := .root.Values.managementCenter -}}
httpGet:
  path: {{ $center.basePath }}{{ .path }}
  port: web
  {{- if $center.tls.enabled }}
  scheme: HTTPS
  {{- end }}
{{- end -}}

{{- define "mosquitto.centerPod" -}}
{{- $center := .Values.managementCenter -}}
metadata:
  labels:
    {{- include "mosquitto.podLabels" (dict "root" . "component" "management-center" "extra" $center.podLabels) | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: management-center
    checksum/config: {{ include "mosquitto.centerSettings" . | sha256sum }}
    checksum/account: {{ include "mosquitto.centerPasswordChecksum" . }}
    {{- if include "mosquitto.supervised" . }}
    checksum/api: {{ include "mosquitto.apiChecksum" . }}
    {{- end }}
    checksum/login: {{ include "mosquitto.centerLoginChecksum" . }}
    {{- if $center.oidc.issuer }}
    checksum/oidc: {{ include "mosquitto.existingSecretChecksum" (dict "root" . "name" $center.oidc.existingSecret) }}
    {{- end }}
    {{- with merge (deepCopy $center.podAnnotations) .Values.commonAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: false
  serviceAccountName: {{ include "mosquitto.centerServiceAccountName" . }}
  enableServiceLinks: false
  {{- with include "mosquitto.imagePullSecrets" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext:
    {{- include "mosquitto.podSecurityContext" . | nindent 4 }}
  terminationGracePeriodSeconds: {{ int $center.terminationGracePeriodSeconds }}
  {{- with include "mosquitto.scheduling" (dict "root" . "component" "management-center" "values" $center) | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  containers:
    - name: management-center
      image: {{ include "mosquitto.image" (dict "root" . "image" $center.image) }}
      imagePullPolicy: {{ $center.image.pullPolicy }}
      args:
        - center
        - --heap
        - {{ $center.heap }}
      {{- with $center.env }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: web
          containerPort: 8080
          protocol: TCP
      startupProbe:
        {{- include "mosquitto.centerProbe" (dict "root" . "path" "/healthz") | nindent 8 }}
        periodSeconds: 1
        timeoutSeconds: 2
        failureThreshold: 120
      livenessProbe:
        {{- include "mosquitto.centerProbe" (dict "root" . "path" "/healthz") | nindent 8 }}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        {{- include "mosquitto.centerProbe" (dict "root" . "path" "/readyz") | nindent 8 }}
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 3
      resources:
        {{- toYaml $center.resources | nindent 8 }}
      securityContext:
        {{- include "mosquitto.containerSecurityContext" . | nindent 8 }}
      volumeMounts:
        {{- include "mosquitto.centerVolumeMounts" . | nindent 8 }}
  volumes:
    {{- include "mosquitto.centerVolumes" . | nindent 4 }}
{{- end -}}

{{- define "mosquitto.centerDeployment" -}}
{{- if include "mosquitto.hasCenter" . }}
{{- $component := dict "root" . "component" "management-center" }}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "mosquitto.metadata" (merge (dict "name" (include "mosquitto.centerName" .)) $component) | nindent 2 }}
spec:
  replicas: 1
  selector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" $component | nindent 6 }}
  # Two of them would write the same volume.
  strategy:
    type: Recreate
  template:
    {{- include "mosquitto.centerPod" . | nindent 4 }}
{{- end }}
{{- end -}}
