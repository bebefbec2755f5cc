{{/*
Names. Everything a release makes is called after "mosquitto.fullname" (F):
F, F-0… (brokers), F-headless, F-haproxy, F-accounts, F-broker, F-tls, F-view, F-peer, F-peer-authority, F-api,
F-management-center, F-management-tls.
*/}}

{{- define "mosquitto.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
At most 44 characters: the StatefulSet's pods carry its name and a revision in one label, and the longest
suffix is "-management-center". What is longer keeps a hash, so that two long releases stay two.
*/}}
{{- define "mosquitto.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := printf "%s-%s" .Release.Name $name -}}
{{- if .Values.fullnameOverride -}}
{{- $full = .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- $full = .Release.Name -}}
{{- end -}}
{{- if gt (len $full) 44 -}}
{{- printf "%s-%s" ($full | trunc 35 | trimSuffix "-") ($full | sha256sum | trunc 8) -}}
{{- else -}}
{{- $full | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "mosquitto.headless" -}}
{{- printf "%s-headless" (include "mosquitto.fullname" .) -}}
{{- end -}}

{{/* The name under which DNS answers for all brokers (only ready ones, where nothing is replicated); a broker is F-N.<this>. */}}
{{- define "mosquitto.headlessDomain" -}}
{{- printf "%s.%s.svc.%s" (include "mosquitto.headless" .) .Release.Namespace .Values.clusterDomain -}}
{{- end -}}

{{/* The name under which clients inside the cluster reach MQTT. */}}
{{- define "mosquitto.serviceDomain" -}}
{{- printf "%s.%s.svc.%s" (include "mosquitto.fullname" .) .Release.Namespace .Values.clusterDomain -}}
{{- end -}}

{{- define "mosquitto.haproxyName" -}}
{{- printf "%s-haproxy" (include "mosquitto.fullname" .) -}}
{{- end -}}

{{- define "mosquitto.haproxyPeersName" -}}
{{- printf "%s-peers" (include "mosquitto.haproxyName" .) -}}
{{- end -}}

{{- define "mosquitto.accountsSecret" -}}
{{- .Values.security.existingSecret | default (printf "%s-accounts" (include "mosquitto.fullname" .)) -}}
{{- end -}}

{{- define "mosquitto.tlsSecret" -}}
{{- .Values.tls.existingSecret | default (printf "%s-tls" (include "mosquitto.fullname" .)) -}}
{{- end -}}

{{/* The one object that says who leads. */}}
{{- define "mosquitto.viewName" -}}
{{- printf "%s-view" (include "mosquitto.fullname" .) -}}
{{- end -}}

{{- define "mosquitto.peerSecret" -}}
{{- .Values.replication.tls.existingSecret | default (printf "%s-peer" (include "mosquitto.fullname" .)) -}}
{{- end -}}

{{- define "mosquitto.apiSecret" -}}
{{- .Values.agent.api.existingSecret | default (printf "%s-api" (include "mosquitto.fullname" .)) -}}
{{- end -}}

{{- define "mosquitto.centerName" -}}
{{- printf "%s-management-center" (include "mosquitto.fullname" .) -}}
{{- end -}}

{{- define "mosquitto.centerLoginSecret" -}}
{{- .Values.managementCenter.existingSecret | default (include "mosquitto.centerName" .) -}}
{{- end -}}

{{- define "mosquitto.centerTlsSecret" -}}
{{- .Values.managementCenter.tls.existingSecret | default (printf "%s-management-tls" (include "mosquitto.fullname" .)) -}}
{{- end -}}

{{- define "mosquitto.centerServiceAccountName" -}}
{{- with .Values.managementCenter.serviceAccount -}}
{{- .name | default (ternary (include "mosquitto.centerName" $) "default" .create) -}}
{{- end -}}
{{- end -}}

{{- define "mosquitto.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "mosquitto.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}
