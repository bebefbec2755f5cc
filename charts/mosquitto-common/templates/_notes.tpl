{{/*
What a person sees after an install. Written to be followed from top to bottom.
*/}}

{{- define "mosquitto.notesAddress" -}}
{{- $service := .Values.service -}}
{{- $full := include "mosquitto.fullname" . -}}
{{- $door := first (include "mosquitto.listeners" . | fromYaml).clients -}}
{{- if eq $service.type "NodePort" -}}
  HOST=$(kubectl get nodes -o jsonpath='{.items[0].status.addresses[?(@.type=="InternalIP")].address}')
  PORT=$(kubectl -n {{ .Release.Namespace }} get service {{ $full }} -o jsonpath='{.spec.ports[?(@.name=="{{ $door.name }}")].nodePort}')
{{- else if eq $service.type "LoadBalancer" -}}
  HOST=$(kubectl -n {{ .Release.Namespace }} get service {{ $full }} -o jsonpath='{.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}')
  PORT={{ get $service.ports $door.name | int }}
{{- else -}}
  # from inside the cluster; from elsewhere: kubectl -n {{ .Release.Namespace }} port-forward service/{{ $full }} {{ get $service.ports $door.name | int }}
  HOST={{ include "mosquitto.serviceDomain" . }}
  PORT={{ get $service.ports $door.name | int }}
{{- end -}}
{{- end -}}

{{/* How to get at the management center. */}}
{{- define "mosquitto.notesCenter" -}}
{{- $center := .Values.managementCenter -}}
{{- $namespace := .Release.Namespace -}}
{{- $name := include "mosquitto.centerName" . -}}
{{- $scheme := ternary "https" "http" $center.tls.enabled -}}
{{- $url := include "mosquitto.centerPublicUrl" . -}}
4. See it, and act: the management center
{{ if $url }}
  echo {{ $url }}{{ $center.basePath }}/
{{- else if $center.route.enabled }}
  echo https://$(kubectl -n {{ $namespace }} get route {{ $name }} -o jsonpath='{.spec.host}'){{ $center.basePath }}/
{{- else if eq $center.service.type "NodePort" }}
  NODE=$(kubectl get nodes -o jsonpath='{.items[0].status.addresses[?(@.type=="InternalIP")].address}')
  echo {{ $scheme }}://$NODE:$(kubectl -n {{ $namespace }} get service {{ $name }} -o jsonpath='{.spec.ports[0].nodePort}'){{ $center.basePath }}/
{{- else if eq $center.service.type "LoadBalancer" }}
  echo {{ $scheme }}://$(kubectl -n {{ $namespace }} get service {{ $name }} -o jsonpath='{.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}'):{{ int $center.service.port }}{{ $center.basePath }}/
{{- else }}
  kubectl -n {{ $namespace }} port-forward service/{{ $name }} 8080:{{ int $center.service.port }}   # then {{ $scheme }}://localhost:8080{{ $center.basePath }}/
{{- end }}
  kubectl -n {{ $namespace }} get secret {{ include "mosquitto.centerLoginSecret" . }} -o jsonpath='{.data.password}' | base64 -d

  Log in as "admin" with that password, the first one; it has to be changed then.
{{- end -}}

{{- define "mosquitto.notesWarnings" -}}
{{- if not .Values.tls.enabled }}
WARNING  TLS is off: passwords and messages cross the network in the clear. See tls in the chart's values.
{{- else if .Values.tls.selfSigned.enabled }}
WARNING  The certificate was made by Helm for a trial and only an upgrade renews it. For real use see tls.certManager or tls.existingSecret.
{{- end }}
{{- with .Values.managementCenter }}
{{- if and .enabled (not .tls.enabled) (not (hasPrefix "https:" (include "mosquitto.centerPublicUrl" $))) (not .route.enabled) }}
WARNING  The management center has no TLS: its passwords cross the network in the clear. See managementCenter.tls.
{{- end }}
{{- if and .enabled (not .persistence.enabled) }}
WARNING  managementCenter.persistence is off: its users, history and audit trail are gone with the pod.
{{- end }}
{{- end }}
{{- if .Values.security.anonymous }}
WARNING  security.anonymous lets clients in without an account. What they may do are the roles of the group "unauthenticated".
{{- end }}
{{- if not .Values.networkPolicy.enabled }}
WARNING  networkPolicy is off: any pod can reach the brokers{{ if include "mosquitto.balanced" . }} past HAProxy and pretend to be any address{{ end }}
{{- if and .Values.tls.enabled (include "mosquitto.hasCenter" .) }}, and their port 1884, which has no TLS{{ end }}.
{{- end }}
{{- if not .Values.broker.persistence.enabled }}
{{- if include "mosquitto.replicated" . }}
WARNING  broker.persistence is off: when all brokers are gone at once, so are sessions, messages and accounts made at run time.
{{- else }}
WARNING  broker.persistence is off: sessions, retained messages and accounts made at run time are gone with the pod.
{{- end }}
{{- end }}
{{- with .Values.replication }}
{{- if eq .mode "async" }}
WARNING  replication.mode is async: a failover may lose what was acknowledged in the last moment before it.
{{- else if eq (int .minInSync) 1 }}
WARNING  replication.minInSync is 1: a leader that is alone goes on acknowledging, and what it acknowledges then is on one broker only.
{{- else if ge (int .minInSync) (int $.Values.broker.replicas) }}
WARNING  replication.minInSync is {{ .minInSync }}, as is broker.replicas: while a single broker is away, nothing is acknowledged. Have one more.
{{- end }}
{{- end }}
{{- if and (include "mosquitto.replicated" .) (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) }}
WARNING  serviceAccount.create is false: any pod of this namespace that runs as "default" may change who leads.
{{- end }}
{{- end -}}

{{- define "mosquitto.notesLimits" -}}
{{- if include "mosquitto.elastic" . }}
What this version does not do yet
  Clients on different brokers do not see each other's messages: HAProxy spreads clients by their client id, and each broker
  knows its own clients only. A client id stays on its broker while that lives. When a broker goes, its clients go to
  others, where their sessions, queued messages and retained messages are not.
{{- else if include "mosquitto.replicated" . }}
What happens when a broker fails
  All clients are on one broker, the leader; its state is on the others before clients are answered. Another goes on where it
  stopped: sessions, queued and retained messages, wills, and accounts made at run time are there. Clients connect again.
  Who leads, and who is in sync:

  kubectl -n {{ .Release.Namespace }} get lease {{ include "mosquitto.viewName" . }} -o yaml
{{- end }}
{{- end -}}

{{- define "mosquitto.notes" -}}
{{- $full := include "mosquitto.fullname" . -}}
{{- $namespace := .Release.Namespace -}}
{{- $door := first (include "mosquitto.listeners" . | fromYaml).clients -}}
{{- $account := include "mosquitto.testAccount" . -}}
{{- $tls := "" -}}
{{- if $door.tls -}}{{- $tls = " --cafile ca.crt" -}}{{- end -}}
{{- if has $door.name (list "websockets" "wss") -}}{{- $tls = printf "%s --ws" $tls -}}{{- end -}}
Mosquitto{{ if include "mosquitto.elastic" . }} on {{ int .Values.autoscaling.minBrokers }} to {{ int .Values.autoscaling.maxBrokers }} brokers{{ else if include "mosquitto.balanced" . }} on {{ int .Values.broker.replicas }} brokers{{ end }} is being started in namespace {{ $namespace }}.

1. Wait until it serves

  kubectl -n {{ $namespace }} rollout status statefulset/{{ $full }}
{{- if include "mosquitto.balanced" . }}
  kubectl -n {{ $namespace }} rollout status deployment/{{ include "mosquitto.haproxyName" . }}
{{- end }}

2. Its address, and the password of the account {{ $account | quote }}

  {{ include "mosquitto.notesAddress" . }}
  PASSWORD=$(kubectl -n {{ $namespace }} get secret {{ include "mosquitto.accountsSecret" . }} -o jsonpath='{.data.{{ $account | replace "." "\\." }}}' | base64 -d)
{{- if $door.tls }}
  kubectl -n {{ $namespace }} get secret {{ include "mosquitto.tlsSecret" . }} -o jsonpath='{.data.ca\.crt}' | base64 -d > ca.crt
  # The certificate must name $HOST: see dnsNames and ipAddresses in tls of the chart's values.
{{- end }}

3. Try it

  mosquitto_sub -h "$HOST" -p "$PORT" -u {{ $account }} -P "$PASSWORD"{{ $tls }} -t hello -C 1 &
  mosquitto_pub -h "$HOST" -p "$PORT" -u {{ $account }} -P "$PASSWORD"{{ $tls }} -t hello -m world
{{- if include "mosquitto.testDoor" . }}
{{- if .Values.tests.enabled }}
  helm test {{ .Release.Name }} -n {{ $namespace }}
{{- end }}
{{- end }}

{{- if include "mosquitto.hasCenter" . }}

{{ include "mosquitto.notesCenter" . }}
{{- end }}

The brokers' administrator is "admin", too, with a password in Secret {{ include "mosquitto.accountsSecret" . }}. A changed password there
reaches the brokers with the next `helm upgrade`.
{{- if and (not .Values.security.existingSecret) (include "mosquitto.volumesOutliveRelease" .) }}
`helm uninstall` keeps the volumes and, because they know its passwords, Secret {{ include "mosquitto.accountsSecret" . }}
{{- if include "mosquitto.replicated" . }}, and, because it says
which of them has the last word, Lease {{ include "mosquitto.viewName" . }}: an install under the same name finds its data. To be rid of them too:
{{- else }}: an install under
the same name finds its data. To be rid of them too:
{{- end }}
{{ if include "mosquitto.replicated" . }}
  kubectl -n {{ $namespace }} delete lease {{ include "mosquitto.viewName" . }}
{{- end }}
  kubectl -n {{ $namespace }} delete secret {{ include "mosquitto.accountsSecret" . }}
  kubectl -n {{ $namespace }} delete pvc -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/component=broker
{{- end }}
{{- if and (include "mosquitto.hasCenter" .) (include "mosquitto.centerOutlivesRelease" .) }}

The management center's volume is kept, too{{ if not .Values.managementCenter.existingSecret }}, with the Secret of its first password{{ end }}:

  kubectl -n {{ $namespace }} delete pvc {{ include "mosquitto.centerName" . }}
{{- if not .Values.managementCenter.existingSecret }}
  kubectl -n {{ $namespace }} delete secret {{ include "mosquitto.centerName" . }}
{{- end }}
{{- end }}
{{- with include "mosquitto.notesLimits" . | trim }}

{{ . }}
{{- end }}
{{- with include "mosquitto.notesWarnings" . | trim }}

{{ . }}
{{- end }}
{{- end -}}
