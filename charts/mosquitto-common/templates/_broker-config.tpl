{{/*
mosquitto.conf and the ConfigMap that carries it.
*/}}

{{- define "mosquitto.tlsListenerConf" -}}
certfile /mosquitto/tls/tls.crt
keyfile /mosquitto/tls/tls.key
tls_version {{ .Values.tls.minimumVersion | replace "TLSv" "tlsv" }}
{{- if .Values.tls.clientCertificates.required }}
cafile /mosquitto/tls/ca.crt
{{- /* With TLS ending twice, HAProxy is the broker's client and has judged the certificate. */}}
require_certificate {{ ne (include "mosquitto.tlsAt" .) "both" }}
{{- end }}
{{- end -}}

{{- define "mosquitto.conf" -}}
{{- $settings := .Values.broker.settings -}}
# Written by Helm from the values of release {{ .Release.Name }}; change the values, not this file.

# Who may do what is kept by the dynamic-security plugin on the broker's volume.
allow_anonymous {{ .Values.security.anonymous }}
plugin /usr/lib/mosquitto/mosquitto_dynamic_security.so
plugin_opt_config_file /mosquitto/data/dynamic-security.json
{{- if not (include "mosquitto.supervised" .) }}

# Sessions, queues and retained messages live in memory and are written to the volume.
persistence {{ .Values.broker.persistence.enabled }}
persistence_location /mosquitto/data/
autosave_interval {{ int64 $settings.autosaveInterval }}
{{- end }}
{{- with $settings.persistentClientExpiration }}
persistent_client_expiration {{ . }}
{{- end }}
{{- if include "mosquitto.hasCenter" . }}

# Lets who has the role broker-admin see listeners and plugins.
enable_control_api true
{{- end }}

max_queued_messages {{ int64 $settings.maxQueuedMessages }}
max_inflight_messages {{ int64 $settings.maxInflightMessages }}
max_packet_size {{ int64 $settings.maxPacketSize }}
{{- if int64 $settings.messageSizeLimit }}
message_size_limit {{ int64 $settings.messageSizeLimit }}
{{- end }}
memory_limit {{ int64 $settings.memoryLimit }}
max_keepalive {{ int64 $settings.maxKeepalive }}
retain_available {{ $settings.retainAvailable }}
set_tcp_nodelay {{ $settings.setTcpNodelay }}
sys_interval {{ int64 $settings.sysInterval }}

log_dest stdout
log_timestamp_format %Y-%m-%dT%H:%M:%SZ
{{- range $settings.logTypes }}
log_type {{ . }}
{{- end }}
connection_messages {{ $settings.connectionMessages }}

# Administration and the health check: reachable from inside the pod only.
listener 1885 127.0.0.1
{{- range (include "mosquitto.listeners" . | fromYaml).brokers }}

# {{ .name }}
{{- if include "mosquitto.supervised" $ }}: clients meet the agent's gate on port {{ .port }}{{ end }}
listener {{ if include "mosquitto.supervised" $ }}0 {{ include "mosquitto.behindGate" .port }}{{ else }}{{ .port }}{{ end }}
protocol {{ ternary "websockets" "mqtt" .websockets }}
max_connections {{ int64 $settings.maxConnections }}
max_topic_alias {{ int64 $settings.maxTopicAlias }}
{{- if .tls }}
{{ include "mosquitto.tlsListenerConf" $ }}
{{- else if or (include "mosquitto.balanced" $) (include "mosquitto.supervised" $) }}
# {{ ternary "HAProxy says who the client is; the NetworkPolicy lets nobody else speak here." "The gate says who the client is." (eq (include "mosquitto.balanced" $) "true") }}
enable_proxy_protocol 2
{{- end }}
{{- end }}
{{- if include "mosquitto.hasCenter" . }}

# management
{{- if include "mosquitto.supervised" . }}: the management center meets the agent's gate on port 1884
listener 0 {{ include "mosquitto.behindGate" 1884 }}
# The gate says who the client is.
enable_proxy_protocol 2
{{- else }}: for the management center; the NetworkPolicy lets nobody else speak here
listener 1884
{{- end }}
protocol mqtt
{{- end }}
{{- with .Values.broker.extraConfig }}

# broker.extraConfig
{{ . | trim }}
{{- end }}
{{- end -}}

{{- define "mosquitto.brokerConfigData" -}}
accounts.json: |
  {{- include "mosquitto.accountsFile" . | nindent 2 }}
mosquitto.conf: |
  {{- include "mosquitto.conf" . | nindent 2 }}
{{- if include "mosquitto.supervised" . }}
agent.properties: |
  {{- include "mosquitto.agentProperties" . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What brokers are restarted for when it changes. That there are more or fewer of them is no such thing. */}}
{{- define "mosquitto.brokerConfigSum" -}}
{{- $texts := list (include "mosquitto.accountsFile" .) (include "mosquitto.conf" .) -}}
{{- if include "mosquitto.supervised" . -}}
{{- $texts = append $texts (include "mosquitto.agentSettings" .) -}}
{{- end -}}
{{- join "\n" $texts | sha256sum -}}
{{- end -}}

{{- define "mosquitto.brokerConfig" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (printf "%s-broker" (include "mosquitto.fullname" .))) | nindent 2 }}
data:
  {{- include "mosquitto.brokerConfigData" . | nindent 2 }}
{{- end -}}
