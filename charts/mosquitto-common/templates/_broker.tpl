{{/*
The brokers: StatefulSet, headless Service, disruption budget.
*/}}

{{- define "mosquitto.brokerArguments" -}}
{{- if include "mosquitto.supervised" . -}}
- agent
- --heap
- {{ .Values.agent.heap }}
{{- else -}}
- broker
{{- if include "mosquitto.tlsAtBroker" . }}
- --watch
- /mosquitto/tls
{{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.brokerPorts" -}}
{{- range (include "mosquitto.listeners" . | fromYaml).brokers }}
- name: {{ .name }}
  containerPort: {{ .port }}
  protocol: TCP
{{- end }}
{{- if include "mosquitto.hasCenter" . }}
- name: management
  containerPort: 1884
  protocol: TCP
{{- end }}
- name: health
  containerPort: 7070
  protocol: TCP
{{- if include "mosquitto.replicated" . }}
- name: peer
  containerPort: 7000
  protocol: TCP
{{- end }}
{{- end -}}

{{- define "mosquitto.brokerVolumeMounts" -}}
- name: data
  mountPath: /mosquitto/data
- name: config
  mountPath: /mosquitto/config
  readOnly: true
- name: accounts
  mountPath: /mosquitto/accounts
  readOnly: true
{{- if include "mosquitto.tlsAtBroker" . }}
- name: tls
  mountPath: /mosquitto/tls
  readOnly: true
{{- end }}
{{- if .Values.security.dynamicSecuritySeedSecret }}
- name: seed
  mountPath: /mosquitto/seed
  readOnly: true
{{- end }}
{{- if include "mosquitto.supervised" . }}
- name: api
  mountPath: /mosquitto/api
  readOnly: true
{{- end }}
{{- if include "mosquitto.replicated" . }}
- name: peer
  mountPath: /mosquitto/peer
  readOnly: true
- name: kubernetes-api
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end }}
- name: tmp
  mountPath: /tmp
{{- with .Values.broker.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mosquitto.brokerEnv" -}}
{{- if include "mosquitto.supervised" . }}
{{ include "mosquitto.agentEnv" . }}
{{- end }}
{{- with .Values.broker.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mosquitto.brokerVolumes" -}}
- name: config
  configMap:
    name: {{ include "mosquitto.fullname" . }}-broker
- name: accounts
  secret:
    secretName: {{ include "mosquitto.accountsSecret" . }}
    defaultMode: 288
{{- if include "mosquitto.tlsAtBroker" . }}
- name: tls
  secret:
    secretName: {{ include "mosquitto.tlsSecret" . }}
    defaultMode: 288
{{- end }}
{{- with .Values.security.dynamicSecuritySeedSecret }}
- name: seed
  secret:
    secretName: {{ . }}
    defaultMode: 288
    items:
      - key: dynamic-security.json
        path: dynamic-security.json
{{- end }}
{{- if include "mosquitto.supervised" . }}
- name: api
  secret:
    secretName: {{ include "mosquitto.apiSecret" . }}
    defaultMode: 288
    items:
      - key: token
        path: token
{{- end }}
{{- if include "mosquitto.replicated" . }}
- name: peer
  secret:
    secretName: {{ include "mosquitto.peerSecret" . }}
    defaultMode: 288
{{ include "mosquitto.kubernetesApiVolume" . }}
{{- end }}
- name: tmp
  emptyDir: {}
{{- if not .Values.broker.persistence.enabled }}
- name: data
  emptyDir: {}
{{- end }}
{{- with .Values.broker.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mosquitto.brokerProbes" -}}
{{- if .startupProbe.enabled }}
startupProbe:
  httpGet:
    path: /healthz
    port: health
  {{- include "mosquitto.probeTimes" .startupProbe | nindent 2 }}
{{- end }}
{{- if .livenessProbe.enabled }}
livenessProbe:
  httpGet:
    path: /healthz
    port: health
  {{- include "mosquitto.probeTimes" .livenessProbe | nindent 2 }}
{{- end }}
{{- if .readinessProbe.enabled }}
readinessProbe:
  httpGet:
    path: /readyz
    port: health
  {{- include "mosquitto.probeTimes" .readinessProbe | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Nothing here may carry a version: a StatefulSet's volume claim templates can never be changed. */}}
{{- define "mosquitto.brokerClaims" -}}
- metadata:
    name: data
    labels:
      {{- include "mosquitto.selectorLabels" (dict "root" . "component" "broker") | nindent 6 }}
  spec:
    accessModes:
      {{- toYaml .Values.broker.persistence.accessModes | nindent 6 }}
    {{- with .Values.broker.persistence.storageClass }}
    storageClassName: {{ ternary "" . (eq . "-") | quote }}
    {{- end }}
    resources:
      requests:
        storage: {{ .Values.broker.persistence.size | quote }}
{{- end -}}

{{- define "mosquitto.brokerPod" -}}
{{- $broker := .Values.broker -}}
metadata:
  labels:
    {{- include "mosquitto.podLabels" (dict "root" . "component" "broker" "extra" $broker.podLabels) | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: broker
    checksum/config: {{ include "mosquitto.brokerConfigSum" . }}
    checksum/accounts: {{ include "mosquitto.passwordsChecksum" . }}
    {{- if include "mosquitto.supervised" . }}
    checksum/api: {{ include "mosquitto.apiChecksum" . }}
    {{- end }}
    {{- with merge (deepCopy $broker.podAnnotations) .Values.commonAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: false
  serviceAccountName: {{ include "mosquitto.serviceAccountName" . }}
  enableServiceLinks: false
  {{- with include "mosquitto.imagePullSecrets" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext:
    {{- include "mosquitto.podSecurityContext" . | nindent 4 }}
  terminationGracePeriodSeconds: {{ int $broker.terminationGracePeriodSeconds }}
  {{- with include "mosquitto.scheduling" (dict "root" . "component" "broker" "values" $broker) | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $broker.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: broker
      image: {{ include "mosquitto.image" (dict "root" . "image" $broker.image) }}
      imagePullPolicy: {{ $broker.image.pullPolicy }}
      args:
        {{- include "mosquitto.brokerArguments" . | nindent 8 }}
      {{- with include "mosquitto.brokerEnv" . | trim }}
      env:
        {{- . | nindent 8 }}
      {{- end }}
      ports:
        {{- include "mosquitto.brokerPorts" . | trim | nindent 8 }}
      {{- with include "mosquitto.brokerProbes" $broker | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      resources:
        {{- toYaml $broker.resources | nindent 8 }}
      securityContext:
        {{- include "mosquitto.containerSecurityContext" . | nindent 8 }}
      volumeMounts:
        {{- include "mosquitto.brokerVolumeMounts" . | nindent 8 }}
    {{- with $broker.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "mosquitto.brokerVolumes" . | nindent 4 }}
{{- end -}}

{{- define "mosquitto.brokerStatefulSet" -}}
{{- $broker := .Values.broker -}}
{{- $component := dict "root" . "component" "broker" -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "mosquitto.metadata" (merge (dict "name" (include "mosquitto.fullname" .) "labels" $broker.labels "annotations" $broker.annotations) $component) | nindent 2 }}
spec:
  serviceName: {{ include "mosquitto.headless" . }}
  podManagementPolicy: Parallel
  {{- if not (include "mosquitto.elastic" .) }}
  replicas: {{ int ($broker.replicas | default 1) }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" $component | nindent 6 }}
  updateStrategy:
    type: RollingUpdate
  {{- if $broker.persistence.enabled }}
  persistentVolumeClaimRetentionPolicy:
    whenDeleted: {{ $broker.persistence.retention.whenDeleted }}
    whenScaled: {{ $broker.persistence.retention.whenScaled }}
  {{- end }}
  template:
    {{- include "mosquitto.brokerPod" . | nindent 4 }}
  {{- if $broker.persistence.enabled }}
  volumeClaimTemplates:
    {{- include "mosquitto.brokerClaims" . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/*
Gives each broker its name in DNS, and HAProxy the list of them. Where they replicate, those that are not ready are listed too: a broker
gets ready by catching up with the others, which must find it. HAProxy asks each by itself whom it may send clients to.
*/}}
{{- define "mosquitto.headlessService" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.headless" .) "annotations" .Values.headlessService.annotations) | nindent 2 }}
spec:
  type: ClusterIP
  clusterIP: None
  publishNotReadyAddresses: {{ eq (include "mosquitto.replicated" .) "true" }}
  {{- with include "mosquitto.ipFamilies" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  selector:
    {{- include "mosquitto.selectorLabels" (dict "root" . "component" "broker") | nindent 4 }}
  ports:
    {{- range (include "mosquitto.listeners" . | fromYaml).brokers }}
    - name: {{ .name }}
      port: {{ .port }}
      targetPort: {{ .name }}
      protocol: TCP
    {{- end }}
    {{- if include "mosquitto.hasCenter" . }}
    - name: management
      port: 1884
      targetPort: management
      protocol: TCP
    {{- end }}
    - name: health
      port: 7070
      targetPort: health
      protocol: TCP
    {{- if include "mosquitto.replicated" . }}
    - name: peer
      port: 7000
      targetPort: peer
      protocol: TCP
    {{- end }}
{{- end -}}

{{- define "mosquitto.brokerDisruptionBudget" -}}
{{- if .Values.broker.podDisruptionBudget.enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.fullname" .)) | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" (dict "root" . "component" "broker") | nindent 6 }}
{{- end }}
{{- end -}}
