{{/*
Mistakes that span several values, which a schema cannot say. Each message names the values and what to do.
Also where the name that all others are built from is checked, because a wrong one fails late and oddly.
*/}}

{{- define "mosquitto.mistakesOfTls" -}}
{{- $tls := .Values.tls -}}
{{- $sources := list -}}
{{- if $tls.existingSecret -}}{{- $sources = append $sources "tls.existingSecret" -}}{{- end -}}
{{- if $tls.certManager.enabled -}}{{- $sources = append $sources "tls.certManager.enabled" -}}{{- end -}}
{{- if $tls.selfSigned.enabled -}}{{- $sources = append $sources "tls.selfSigned.enabled" -}}{{- end -}}
{{- if $tls.enabled }}
{{- if not $sources }}
- tls.enabled is true but no certificate is named: set one of tls.existingSecret, tls.certManager.enabled or tls.selfSigned.enabled.
{{- else if gt (len $sources) 1 }}
- tls has {{ len $sources }} sources of a certificate ({{ join ", " $sources }}): keep one of them.
{{- end }}
{{- if and $tls.certManager.enabled (not $tls.certManager.issuerRef.name) }}
- tls.certManager.issuerRef.name is empty: name the Issuer or ClusterIssuer that shall sign the certificate.
{{- end }}
{{- else if $sources }}
- {{ first $sources }} is set but tls.enabled is false: set tls.enabled to true, or remove it.
{{- else if $tls.clientCertificates.required }}
- tls.clientCertificates.required is true but tls.enabled is false: clients can show certificates over TLS only.
{{- end }}
{{- if and $tls.enabled $tls.existingSecret }}
{{- $found := lookup "v1" "Secret" .Release.Namespace $tls.existingSecret | default dict }}
{{- $wanted := list "tls.crt" "tls.key" }}
{{- if or $tls.clientCertificates.required (eq (include "mosquitto.tlsAt" .) "both") }}
{{- $wanted = append $wanted "ca.crt" }}
{{- end }}
{{- range $key := $wanted }}
{{- if and $found (not (hasKey ($found.data | default dict) $key)) }}
- tls.existingSecret: Secret {{ $tls.existingSecret }} has no key {{ $key }}, which these values need.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.mistakesOfAccounts" -}}
{{- $names := list "admin" -}}
{{- if include "mosquitto.hasCenter" . -}}
{{- $names = append $names "management-center" -}}
{{- end -}}
{{- range .Values.security.accounts }}
{{- if eq .username "admin" }}
- security.accounts names admin: that account always exists, remove the entry.
{{- else if and (eq .username "management-center") (include "mosquitto.hasCenter" $) }}
- security.accounts names management-center: that account exists while managementCenter.enabled is true, remove the entry.
{{- else if has .username $names }}
- security.accounts names {{ .username }} twice: keep one entry.
{{- end }}
{{- $names = append $names .username }}
{{- end }}
{{- with .Values.security.existingSecret }}
{{- $found := lookup "v1" "Secret" $.Release.Namespace . | default dict }}
{{- range $name := $names | uniq }}
{{- if and $found (not (hasKey ($found.data | default dict) $name)) }}
- security.existingSecret: Secret {{ $.Values.security.existingSecret }} has no key {{ $name }}; it needs the password of each account under the account's name.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A Secret that the values name lacks a key, where the cluster can be asked: (dict "root" $ "value" "a.b" "secret" "x" "keys" (list …) "why" "…"). */}}
{{- define "mosquitto.missingKeys" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .secret | default dict }}
{{- range $key := .keys }}
{{- if and $found (not (hasKey ($found.data | default dict) $key)) }}
- {{ $.value }}: Secret {{ $.secret }} has no key {{ $key }}, {{ $.why }}.
{{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.mistakesOfCenter" -}}
{{- if include "mosquitto.hasCenter" . }}
{{- $center := .Values.managementCenter }}
{{- $tls := $center.tls }}
{{- $sources := list -}}
{{- if $tls.existingSecret -}}{{- $sources = append $sources "managementCenter.tls.existingSecret" -}}{{- end -}}
{{- if $tls.certManager.enabled -}}{{- $sources = append $sources "managementCenter.tls.certManager.enabled" -}}{{- end -}}
{{- if $tls.selfSigned.enabled -}}{{- $sources = append $sources "managementCenter.tls.selfSigned.enabled" -}}{{- end -}}
{{- if and $tls.enabled (not $sources) }}
- managementCenter.tls.enabled is true but no certificate is named: set one of existingSecret, certManager.enabled or selfSigned.enabled beside it.
{{- else if and $tls.enabled (gt (len $sources) 1) }}
- managementCenter.tls.enabled has {{ len $sources }} sources of a certificate ({{ join ", " $sources }}): keep one of them.
{{- else if and $sources (not $tls.enabled) }}
- {{ first $sources }} is set but managementCenter.tls.enabled is false: set it to true, or remove the former.
{{- end }}
{{- if and $tls.certManager.enabled (not $tls.certManager.issuerRef.name) }}
- managementCenter.tls.certManager.issuerRef.name is empty: name the Issuer or ClusterIssuer that shall sign the certificate.
{{- end }}
{{- if and $tls.enabled $tls.existingSecret }}
{{- include "mosquitto.missingKeys" (dict "root" . "value" "managementCenter.tls.existingSecret" "secret" $tls.existingSecret "keys" (list "tls.crt" "tls.key") "why" "which HTTPS needs") }}
{{- end }}
{{- with $center.existingSecret }}
{{- include "mosquitto.missingKeys" (dict "root" $ "value" "managementCenter.existingSecret" "secret" . "keys" (list "password") "why" "the first password of the user admin") }}
{{- end }}
{{- if and $center.route.enabled (not .Values.openshift.enabled) }}
- managementCenter.route.enabled needs OpenShift's Route: set openshift.enabled to true, or managementCenter.route.enabled to false.
{{- end }}
{{- if and $center.ingress.enabled $center.ingress.tlsSecret (not $center.ingress.host) }}
- managementCenter.ingress.host is empty: name the host that the certificate of managementCenter.ingress.tlsSecret is for.
{{- end }}
{{- if and (ne $center.service.type "LoadBalancer") $center.service.loadBalancerSourceRanges }}
- managementCenter.service.loadBalancerSourceRanges protects a Service of type LoadBalancer only, but managementCenter.service.type is {{ $center.service.type }}: use networkPolicy.managementCenter, or change the type.
{{- end }}
{{- if and $center.service.nodePort (eq $center.service.type "NodePort") (eq .Values.service.type "NodePort") }}
{{- range (include "mosquitto.listeners" . | fromYaml).clients }}
{{- if eq (get $.Values.service.nodePorts .name | default 0 | int) (int $center.service.nodePort) }}
- managementCenter.service.nodePort is {{ int $center.service.nodePort }}, as is service.nodePorts.{{ .name }}: each needs its own.
{{- end }}
{{- end }}
{{- end }}
{{- include "mosquitto.mistakesOfSingleSignOn" . }}
{{- end }}
{{- end -}}

{{- define "mosquitto.mistakesOfSingleSignOn" -}}
{{- $oidc := .Values.managementCenter.oidc }}
{{- if $oidc.issuer }}
{{- if not $oidc.clientId }}
- managementCenter.oidc.clientId is empty: say what the provider knows the management center as.
{{- end }}
{{- if not $oidc.existingSecret }}
- managementCenter.oidc.existingSecret is empty: name a Secret with the key client-secret.
{{- else }}
{{- include "mosquitto.missingKeys" (dict "root" . "value" "managementCenter.oidc.existingSecret" "secret" $oidc.existingSecret "keys" (list "client-secret") "why" "which single sign-on needs") }}
{{- end }}
{{- if not (concat $oidc.admins $oidc.editors $oidc.viewers) }}
- managementCenter.oidc.admins, editors and viewers are empty, so nobody would be let in: name a group or role in one of them.
{{- end }}
{{- if not (include "mosquitto.centerPublicUrl" .) }}
- managementCenter.publicUrl is empty, but single sign-on has to send browsers back to it: set it, or the host of the Ingress or Route.
{{- end }}
{{- else if or $oidc.clientId $oidc.existingSecret }}
- managementCenter.oidc.issuer is empty, but the rest of single sign-on is set: name the provider's address, or remove the rest.
{{- end }}
{{- end -}}

{{- define "mosquitto.mistakesOfServices" -}}
{{- $service := .Values.service -}}
{{- $listeners := .Values.broker.listeners -}}
{{- if not (or $listeners.mqtt.enabled $listeners.websockets.enabled) }}
- broker.listeners: neither mqtt nor websockets is enabled, so no client could connect; enable one.
{{- end }}
{{- if and (ne $service.type "LoadBalancer") $service.loadBalancerSourceRanges }}
- service.loadBalancerSourceRanges protects a Service of type LoadBalancer only, but service.type is {{ $service.type }}: use networkPolicy.clients, or change the type.
{{- end }}
{{- if and (ne $service.type "LoadBalancer") $service.loadBalancerClass }}
- service.loadBalancerClass is set but service.type is {{ $service.type }}: change the type to LoadBalancer, or remove the class.
{{- end }}
{{- if and (gt (len $service.ipFamilies) 1) (has $service.ipFamilyPolicy (list "" "SingleStack")) }}
- service.ipFamilies lists two families: set service.ipFamilyPolicy to PreferDualStack or RequireDualStack.
{{- end }}
{{- $taken := dict }}
{{- $ports := dict }}
{{- range (include "mosquitto.listeners" . | fromYaml).clients }}
{{- $nodePort := get $service.nodePorts .name | default 0 | int | toString }}
{{- if and (ne $nodePort "0") (eq $service.type "NodePort") }}
{{- if hasKey $taken $nodePort }}
- service.nodePorts.{{ .name }} is {{ $nodePort }}, as is service.nodePorts.{{ get $taken $nodePort }}: each needs its own.
{{- end }}
{{- $_ := set $taken $nodePort .name }}
{{- end }}
{{- $port := get $service.ports .name | int | toString }}
{{- if hasKey $ports $port }}
- service.ports.{{ .name }} is {{ $port }}, as is service.ports.{{ get $ports $port }}: each needs its own.
{{- end }}
{{- $_ := set $ports $port .name }}
{{- end }}
{{- if .Values.route.enabled }}
{{- if not .Values.openshift.enabled }}
- route.enabled needs OpenShift's Route: set openshift.enabled to true, or route.enabled to false.
{{- end }}
{{- if not (and .Values.tls.enabled $listeners.mqtt.enabled) }}
- route.enabled leads to MQTT over TLS: set tls.enabled and broker.listeners.mqtt.enabled to true.
{{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.mistakesOfScaling" -}}
{{- with .Values.autoscaling }}
{{- if gt (int .minBrokers) (int .maxBrokers) }}
- autoscaling.minBrokers is {{ .minBrokers }}, more than autoscaling.maxBrokers, {{ .maxBrokers }}: raise the latter.
{{- end }}
{{- if not (dig "requests" "cpu" "" $.Values.broker.resources) }}
- broker.resources.requests.cpu is not set: autoscaling.targetCPUUtilizationPercentage is measured against it.
{{- end }}
{{- end }}
{{- end -}}

{{/* A time of the agent's in milliseconds. */}}
{{- define "mosquitto.millis" -}}
{{- if hasSuffix "ms" . -}}
{{- trimSuffix "ms" . -}}
{{- else if hasSuffix "s" . -}}
{{- mul 1000 (trimSuffix "s" . | int64) -}}
{{- else -}}
{{- mul 60000 (trimSuffix "m" . | int64) -}}
{{- end -}}
{{- end -}}

{{/* A size in mebibytes, rounded up. */}}
{{- define "mosquitto.mebibytes" -}}
{{- if or (hasSuffix "m" .) (hasSuffix "MiB" .) -}}
{{- . | trimSuffix "m" | trimSuffix "MiB" -}}
{{- else if or (hasSuffix "g" .) (hasSuffix "GiB" .) -}}
{{- mul 1024 (. | trimSuffix "g" | trimSuffix "GiB" | int64) -}}
{{- else -}}
{{- div (add 1023 (trimSuffix "KiB" . | int64)) 1024 -}}
{{- end -}}
{{- end -}}

{{/* (list "path" time "longerPath" longer) */}}
{{- define "mosquitto.mistakesOfTimes" -}}
{{- if ge (include "mosquitto.millis" (index . 1) | int64) (include "mosquitto.millis" (index . 3) | int64) }}
- {{ index . 0 }} is {{ index . 1 }}, but must be shorter than {{ index . 2 }}, {{ index . 3 }}: lower it, or raise the latter.
{{- end }}
{{- end -}}

{{- define "mosquitto.mistakesOfAgents" -}}
{{- with .Values.agent }}
{{- include "mosquitto.mistakesOfTimes" (list "agent.brokerPing" .brokerPing "agent.brokerHangAfter" .brokerHangAfter) }}
{{- $state := include "mosquitto.mebibytes" .stateLimit | int64 }}
{{- $log := include "mosquitto.mebibytes" .logLimit | int64 }}
{{- $needed := add 64 $state $log }}
{{- $what := "agent.logLimit" }}
{{- with $.Values.replication }}
{{- $needed = add 64 $state (mul 4 $log) (include "mosquitto.mebibytes" .lagLimit | int64) }}
{{- $what = "four times agent.logLimit (kept while a follower copies the state), replication.lagLimit" }}
{{- end }}
{{- if lt (include "mosquitto.mebibytes" .heap | int64) $needed }}
- agent.heap is {{ .heap }}, but agent.stateLimit, {{ $what }} and 64 MiB besides need {{ $needed }}m: raise it, or lower one of those.
{{- end }}
{{- with .api.existingSecret }}
{{- $found := lookup "v1" "Secret" $.Release.Namespace . | default dict }}
{{- if and $found (not (hasKey ($found.data | default dict) "token")) }}
- agent.api.existingSecret: Secret {{ . }} has no key token; put a long random text there.
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.replication }}
{{- if gt (mul 2 (include "mosquitto.millis" .heartbeat | int64)) (include "mosquitto.millis" .lease | int64) }}
- replication.heartbeat is {{ .heartbeat }}, but must be at most half of replication.lease, {{ .lease }}: lower it, or raise the latter.
{{- end }}
{{- include "mosquitto.mistakesOfTimes" (list "replication.lease" .lease "replication.takeover" .takeover) }}
{{- if gt (int .minInSync) (int $.Values.broker.replicas) }}
- replication.minInSync is {{ .minInSync }}, more than broker.replicas, {{ $.Values.broker.replicas }}: nothing could ever be acknowledged; raise the latter.
{{- end }}
{{- if and .tls.existingSecret .tls.certManager.enabled }}
- replication.tls has two sources of a certificate (replication.tls.existingSecret, replication.tls.certManager.enabled): keep one of them.
{{- end }}
{{- if and .tls.certManager.enabled (not .tls.certManager.issuerRef.name) }}
- replication.tls.certManager.issuerRef.name is empty: name the Issuer or ClusterIssuer that shall sign the certificate.
{{- end }}
{{- with .tls.existingSecret }}
{{- $found := lookup "v1" "Secret" $.Release.Namespace . | default dict }}
{{- range $key := list "tls.crt" "tls.key" "ca.crt" }}
{{- if and $found (not (hasKey ($found.data | default dict) $key)) }}
- replication.tls.existingSecret: Secret {{ $.Values.replication.tls.existingSecret }} has no key {{ $key }}, which agents need to know each other.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "mosquitto.mistakesOfNames" -}}
{{- $full := include "mosquitto.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $full) }}
- The objects would be called {{ $full | quote }}, which Kubernetes refuses for a Service: use lower-case letters, digits and "-", beginning with a letter, in the release's name, nameOverride or fullnameOverride.
{{- end }}
{{- end -}}

{{- define "mosquitto.validate" -}}
{{- $mistakes := list
      (include "mosquitto.mistakesOfNames" .)
      (include "mosquitto.mistakesOfTls" .)
      (include "mosquitto.mistakesOfAccounts" .)
      (include "mosquitto.mistakesOfServices" .)
      (include "mosquitto.mistakesOfCenter" .)
      (include "mosquitto.mistakesOfAgents" .)
      (include "mosquitto.mistakesOfScaling" .) | join "" | trim -}}
{{- if $mistakes -}}
{{- fail (printf "\n\nThese values do not fit together:\n%s\n" $mistakes) -}}
{{- end -}}
{{- end -}}
