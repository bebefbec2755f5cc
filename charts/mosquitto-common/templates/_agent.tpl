{{/*
The agent that supervises each broker: what it is told, the Secrets it needs, and the one object it may write.
*/}}

{{/* Clients meet the agent's gate; the broker listens behind it, on a Unix socket that only their container has. */}}
{{- define "mosquitto.behindGate" -}}
{{- printf "/tmp/mosquitto-ha/%d.sock" (int .) -}}
{{- end -}}

{{/*
The gates, as the agent reads them: PORT=SOCKET. HAProxy says to the broker who the client is; where there is none, the gate
does. Never beside TLS: Mosquitto refuses that. The management center has a gate of its own, to which HAProxy has no way.
*/}}
{{- define "mosquitto.gates" -}}
{{- $gates := list -}}
{{- range (include "mosquitto.listeners" . | fromYaml).brokers -}}
{{- $proxy := ternary "" "+proxy" (or .tls (eq (include "mosquitto.balanced" $) "true")) -}}
{{- $gates = append $gates (printf "%d=%s%s" (int .port) (include "mosquitto.behindGate" .port) $proxy) -}}
{{- end -}}
{{- if include "mosquitto.hasCenter" . -}}
{{- $gates = append $gates (printf "1884=%s+proxy" (include "mosquitto.behindGate" 1884)) -}}
{{- end -}}
{{- join "," $gates -}}
{{- end -}}

{{/* agent.properties but for the number of brokers, which changes without a restart of any. */}}
{{- define "mosquitto.agentSettings" -}}
{{- $agent := .Values.agent -}}
# Written by Helm from the values of release {{ .Release.Name }}; change the values, not this file.

# Who belongs together, and where they agree who leads.
{{- with .Values.replication }}
service={{ include "mosquitto.headlessDomain" $ }}
view=lease
lease={{ include "mosquitto.viewName" $ }}
peerPort=7000
peerTls=/mosquitto/peer
{{- else }}
service=
view=file
{{- end }}
httpPort=7070
tokenFile=/mosquitto/api/token

# When a change counts as kept.
{{- with .Values.replication }}
replication={{ .mode }}
minInSync={{ int .minInSync }}
lagLimit={{ .lagLimit }}
{{- else }}
replication=sync
minInSync=1
{{- end }}
durability={{ $agent.durability }}
stateLimit={{ $agent.stateLimit }}
logLimit={{ $agent.logLimit }}
{{- with .Values.replication }}

# How soon silence means something.
heartbeat={{ .heartbeat }}
lease.time={{ .lease }}
takeover={{ .takeover }}
grace={{ .grace }}
formation={{ .formation }}
{{- end }}

# The broker, and its clients.
brokerPing={{ $agent.brokerPing }}
brokerHangAfter={{ $agent.brokerHangAfter }}
willGrace={{ $agent.willGrace }}
gates={{ include "mosquitto.gates" . }}
gateConnections={{ int $agent.gateConnections }}
holdTime={{ $agent.holdTime }}
holdConnections={{ int $agent.holdConnections }}
{{- if include "mosquitto.tlsAtBroker" . }}
# The broker is told when what is here changes.
watch=/mosquitto/tls
{{- end }}
{{- end -}}

{{- define "mosquitto.agentProperties" -}}
{{ include "mosquitto.agentSettings" . }}

# How many brokers there were when this was written: a hint for the first start, nothing more.
replicas={{ int (.Values.broker.replicas | default 1) }}
{{- end -}}

{{- define "mosquitto.agentEnv" -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: POD_REVISION
  valueFrom:
    fieldRef:
      fieldPath: metadata.labels['controller-revision-hash']
{{- end -}}

{{/*
Who leads, and who has every acknowledged change: agents write it, by compare-and-swap. Nothing that they write may stand here, or
an upgrade would take it back. It outlives the release where the volumes do, because it says which of them has the last word.
*/}}
{{- define "mosquitto.view" -}}
{{- $annotations := dict -}}
{{- if include "mosquitto.volumesOutliveRelease" . -}}
{{- $annotations = dict "helm.sh/resource-policy" "keep" -}}
{{- end -}}
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.viewName" .) "annotations" $annotations) | nindent 2 }}
{{- end -}}

{{- define "mosquitto.viewRole" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.viewName" .)) | nindent 2 }}
rules:
  - apiGroups:
      - coordination.k8s.io
    resources:
      - leases
    resourceNames:
      - {{ include "mosquitto.viewName" . }}
    verbs:
      - get
      - update
      - patch
{{- end -}}

{{- define "mosquitto.viewRoleBinding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.viewName" .)) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "mosquitto.viewName" . }}
subjects:
  - kind: ServiceAccount
    name: {{ include "mosquitto.serviceAccountName" . }}
    namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* What lets the management center, and scripts, change something over the agents' HTTP interface. */}}
{{- define "mosquitto.apiTokenData" -}}
{{- if not (hasKey . "mosquittoApiToken") -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace (include "mosquitto.apiSecret" .) | default dict -}}
{{- $_ := set . "mosquittoApiToken" (dig "data" "token" (randAlphaNum 40 | b64enc) $found) -}}
{{- end -}}
{{- .mosquittoApiToken -}}
{{- end -}}

{{- define "mosquitto.apiChecksum" -}}
{{- with .Values.agent.api.existingSecret -}}
{{- $found := lookup "v1" "Secret" $.Release.Namespace . | default dict -}}
{{- printf "%s %s" . (get $found "data" | default dict | toYaml) | sha256sum -}}
{{- else -}}
{{- include "mosquitto.apiTokenData" . | sha256sum -}}
{{- end -}}
{{- end -}}

{{- define "mosquitto.apiToken" -}}
{{- if not .Values.agent.api.existingSecret }}
apiVersion: v1
kind: Secret
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.apiSecret" .)) | nindent 2 }}
type: Opaque
data:
  token: {{ include "mosquitto.apiTokenData" . }}
{{- end }}
{{- end -}}
