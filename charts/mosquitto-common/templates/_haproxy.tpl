{{/*
HAProxy: Deployment, Services, disruption budget.

Where one broker serves, HAProxies need to know nothing of each other. Where all brokers serve, they must agree on which client
is where: `launch` makes them each other's peers.
*/}}

{{- define "mosquitto.haproxyPorts" -}}
{{- range (include "mosquitto.listeners" . | fromYaml).clients }}
- name: {{ .name }}
  containerPort: {{ .port }}
  protocol: TCP
{{- end }}
- name: metrics
  containerPort: 8404
  protocol: TCP
{{- if include "mosquitto.elastic" . }}
- name: peers
  containerPort: 10000
  protocol: TCP
{{- end }}
{{- end -}}

{{/* Configuration and certificates are one volume, so that they change together and one folder is to be watched. */}}
{{- define "mosquitto.haproxyVolumes" -}}
- name: config
  projected:
    defaultMode: 288
    sources:
      - configMap:
          name: {{ include "mosquitto.haproxyName" . }}
      {{- if include "mosquitto.tlsAtHaproxy" . }}
      - secret:
          name: {{ include "mosquitto.tlsSecret" . }}
          items:
            - key: tls.crt
              path: tls/tls.pem
            - key: tls.key
              path: tls/tls.pem.key
      - secret:
          name: {{ include "mosquitto.tlsSecret" . }}
          optional: true
          items:
            - key: ca.crt
              path: tls/ca.pem
      {{- end }}
- name: tmp
  emptyDir: {}
{{- with .Values.haproxy.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mosquitto.haproxyArguments" -}}
{{- $peers := include "mosquitto.elastic" . -}}
- run
{{- if $peers }}
- --peers
- {{ printf "%s.%s.svc.%s" (include "mosquitto.haproxyPeersName" .) .Release.Namespace .Values.clusterDomain }}
- --peers-file
- /tmp/peers.cfg
{{- end }}
- --watch
- /etc/haproxy
- --signal
- SIGUSR2
- --stop-signal
- SIGUSR1
- --
- /usr/sbin/haproxy
- -W
- -db
{{- if $peers }}
- -f
- /tmp/peers.cfg
{{- end }}
- -f
- /etc/haproxy/haproxy.cfg
{{- end -}}

{{- define "mosquitto.haproxyEnv" -}}
{{- if include "mosquitto.elastic" . }}
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
{{- end }}
{{- with .Values.haproxy.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mosquitto.haproxyPod" -}}
{{- $haproxy := .Values.haproxy -}}
metadata:
  labels:
    {{- include "mosquitto.podLabels" (dict "root" . "component" "haproxy" "extra" $haproxy.podLabels) | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: haproxy
    {{- with merge (deepCopy $haproxy.podAnnotations) .Values.commonAnnotations }}
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
  terminationGracePeriodSeconds: {{ int $haproxy.terminationGracePeriodSeconds }}
  {{- with include "mosquitto.scheduling" (dict "root" . "component" "haproxy" "values" $haproxy) | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  containers:
    - name: haproxy
      image: {{ include "mosquitto.image" (dict "root" . "image" $haproxy.image) }}
      imagePullPolicy: {{ $haproxy.image.pullPolicy }}
      args:
        {{- include "mosquitto.haproxyArguments" . | nindent 8 }}
      {{- with include "mosquitto.haproxyEnv" . | trim }}
      env:
        {{- . | nindent 8 }}
      {{- end }}
      ports:
        {{- include "mosquitto.haproxyPorts" . | trim | nindent 8 }}
      startupProbe:
        httpGet:
          path: /healthz
          port: metrics
        periodSeconds: 1
        timeoutSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet:
          path: /healthz
          port: metrics
        periodSeconds: 10
        timeoutSeconds: 3
        failureThreshold: 3
      readinessProbe:
        httpGet:
          path: /readyz
          port: metrics
        {{- if include "mosquitto.elastic" . }}
        {{- /* It hears from its peers first where clients are, lest it places them anew. */}}
        initialDelaySeconds: 5
        {{- end }}
        periodSeconds: 2
        timeoutSeconds: 2
        {{- /*
        Not before half a minute without brokers. Where none is usable, the other HAProxies see none either: a Service without
        any address would swallow connections, and be seconds late to let clients in again, instead of closing them at once.
        */}}
        failureThreshold: 15
      resources:
        {{- toYaml $haproxy.resources | nindent 8 }}
      securityContext:
        {{- include "mosquitto.containerSecurityContext" . | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/haproxy
          readOnly: true
        - name: tmp
          mountPath: /tmp
        {{- with $haproxy.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with $haproxy.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "mosquitto.haproxyVolumes" . | nindent 4 }}
{{- end -}}

{{- define "mosquitto.haproxyDeployment" -}}
{{- $component := dict "root" . "component" "haproxy" -}}
{{- /* With hard anti-affinity there may be no node for one more, so one has to go first. */}}
{{- $hard := eq .Values.haproxy.podAntiAffinity "hard" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "mosquitto.metadata" (merge (dict "name" (include "mosquitto.haproxyName" .)) $component) | nindent 2 }}
spec:
  replicas: {{ int .Values.haproxy.replicas }}
  selector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" $component | nindent 6 }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: {{ ternary 0 1 $hard }}
      maxUnavailable: {{ ternary 1 0 $hard }}
  template:
    {{- include "mosquitto.haproxyPod" . | nindent 4 }}
{{- end -}}

{{/* The addresses of all HAProxies; new ones are told where clients are before they serve. */}}
{{- define "mosquitto.haproxyPeerService" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "haproxy-peers" "name" (include "mosquitto.haproxyPeersName" .)) | nindent 2 }}
spec:
  type: ClusterIP
  clusterIP: None
  publishNotReadyAddresses: true
  {{- with include "mosquitto.ipFamilies" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  selector:
    {{- include "mosquitto.selectorLabels" (dict "root" . "component" "haproxy") | nindent 4 }}
  ports:
    - name: peers
      port: 10000
      targetPort: peers
      protocol: TCP
{{- end -}}

{{/* For what asks each HAProxy by itself, such as Prometheus. */}}
{{- define "mosquitto.haproxyService" -}}
{{- $component := dict "root" . "component" "haproxy" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "mosquitto.metadata" (merge (dict "name" (include "mosquitto.haproxyName" .)) $component) | nindent 2 }}
spec:
  type: ClusterIP
  clusterIP: None
  {{- with include "mosquitto.ipFamilies" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  selector:
    {{- include "mosquitto.selectorLabels" $component | nindent 4 }}
  ports:
    - name: metrics
      port: 8404
      targetPort: metrics
      protocol: TCP
{{- end -}}

{{- define "mosquitto.haproxyDisruptionBudget" -}}
{{- if .Values.haproxy.podDisruptionBudget.enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "haproxy" "name" (include "mosquitto.haproxyName" .)) | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "mosquitto.selectorLabels" (dict "root" . "component" "haproxy") | nindent 6 }}
{{- end }}
{{- end -}}
