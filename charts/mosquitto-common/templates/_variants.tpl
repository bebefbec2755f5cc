{{/*
What a chart is follows from the values it has: one with `haproxy` balances, one with `autoscaling` grows, in one with `agent`
an agent supervises each broker, and in one with `replication` the agents keep each other's state.
Each is "true" or nothing, so it can stand in an `if`.
*/}}

{{- define "mosquitto.balanced" -}}
{{- if hasKey .Values "haproxy" -}}true{{- end -}}
{{- end -}}

{{- define "mosquitto.elastic" -}}
{{- if hasKey .Values "autoscaling" -}}true{{- end -}}
{{- end -}}

{{- define "mosquitto.supervised" -}}
{{- if hasKey .Values "agent" -}}true{{- end -}}
{{- end -}}

{{- define "mosquitto.replicated" -}}
{{- if hasKey .Values "replication" -}}true{{- end -}}
{{- end -}}

{{- define "mosquitto.hasCenter" -}}
{{- if .Values.managementCenter.enabled -}}true{{- end -}}
{{- end -}}

{{/* How many brokers there can be. */}}
{{- define "mosquitto.maxBrokers" -}}
{{- if include "mosquitto.elastic" . -}}
{{- max 9 (int .Values.autoscaling.maxBrokers) -}}
{{- else if include "mosquitto.balanced" . -}}
9
{{- else -}}
1
{{- end -}}
{{- end -}}

{{/* How many there are at first. */}}
{{- define "mosquitto.leastBrokers" -}}
{{- if include "mosquitto.elastic" . -}}
{{- int .Values.autoscaling.minBrokers -}}
{{- else -}}
{{- int (.Values.broker.replicas | default 1) -}}
{{- end -}}
{{- end -}}

{{/* The variant, by one word. */}}
{{- define "mosquitto.variant" -}}
{{- if include "mosquitto.elastic" . -}}
autoscaling
{{- else if include "mosquitto.replicated" . -}}
ha
{{- else -}}
single
{{- end -}}
{{- end -}}

{{/* Where TLS ends: nothing, broker, haproxy, both. */}}
{{- define "mosquitto.tlsAt" -}}
{{- if .Values.tls.enabled -}}
{{- if not (include "mosquitto.balanced" .) -}}
broker
{{- else -}}
{{- get (dict "edge" "haproxy" "passthrough" "broker" "reencrypt" "both") .Values.tls.mode -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "mosquitto.tlsAtBroker" -}}
{{- if has (include "mosquitto.tlsAt" .) (list "broker" "both") -}}true{{- end -}}
{{- end -}}

{{- define "mosquitto.tlsAtHaproxy" -}}
{{- if has (include "mosquitto.tlsAt" .) (list "haproxy" "both") -}}true{{- end -}}
{{- end -}}

{{/*
The listeners of a release, as YAML: `clients` are the doors that clients see, `brokers` those that the brokers open.
They differ when TLS ends at HAProxy: its TLS doors lead to the brokers' plain ones.
*/}}
{{- define "mosquitto.listeners" -}}
{{- $tls := .Values.tls.enabled -}}
{{- $plain := or (not $tls) .Values.tls.plainListener -}}
{{- $edge := eq (include "mosquitto.tlsAt" .) "haproxy" -}}
{{- $mqtt := .Values.broker.listeners.mqtt.enabled -}}
{{- $websockets := .Values.broker.listeners.websockets.enabled -}}
{{- $ports := dict "mqtt" 1883 "mqtts" 8883 "websockets" 9001 "wss" 9443 -}}
{{- $open := dict "mqtt" (and $mqtt $plain) "mqtts" (and $mqtt $tls) "websockets" (and $websockets $plain) "wss" (and $websockets $tls) -}}
{{- $inside := dict "mqtt" "mqtt" "mqtts" (ternary "mqtt" "mqtts" $edge) "websockets" "websockets" "wss" (ternary "websockets" "wss" $edge) -}}
{{- $clients := list -}}
{{- $names := list -}}
{{- range $name := list "mqtt" "mqtts" "websockets" "wss" -}}
{{- if get $open $name -}}
{{- $clients = append $clients (dict "name" $name "port" (get $ports $name) "tls" (has $name (list "mqtts" "wss")) "broker" (get $inside $name)) -}}
{{- $names = append $names (get $inside $name) -}}
{{- end -}}
{{- end -}}
{{- $brokers := list -}}
{{- range $name := $names | uniq -}}
{{- $brokers = append $brokers (dict "name" $name "port" (get $ports $name) "tls" (has $name (list "mqtts" "wss")) "websockets" (has $name (list "websockets" "wss"))) -}}
{{- end -}}
{{- dict "clients" $clients "brokers" $brokers | toYaml -}}
{{- end -}}
