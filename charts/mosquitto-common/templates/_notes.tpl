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

{{- define "mosquitto.notesWarnings" -}}
{{- if not .Values.tls.enabled }}
WARNING  TLS is off: passwords and messages cross the network in the clear. See tls in the chart's values.
{{- else if .Values.tls.selfSigned.enabled }}
WARNING  The certificate was made by Helm for a trial and only an upgrade renews it. For real use see tls.certManager or tls.existingSecret.
{{- end }}
{{- if .Values.security.anonymous }}
WARNING  security.anonymous lets clients in without an account. What they may do are the roles of the group "unauthenticated".
{{- end }}
{{- if not .Values.networkPolicy.enabled }}
WARNING  networkPolicy is off: any pod can reach the brokers{{ if include "mosquitto.balanced" . }} past HAProxy and pretend to be any address{{ end }}.
{{- end }}
{{- if not .Values.broker.persistence.enabled }}
WARNING  broker.persistence is off: sessions, retained messages and accounts made at run time are gone with the pod.
{{- end }}
{{- end -}}

{{- define "mosquitto.notesLimits" -}}
{{- if include "mosquitto.elastic" . }}
What this version does not do yet
  Clients on different brokers do not see each other's messages: HAProxy spreads clients by their client id, and each broker
  knows its own clients only. A client id stays on its broker while that lives. When a broker goes, its clients go to
  others, where their sessions, queued messages and retained messages are not.
{{- else if include "mosquitto.balanced" . }}
What a failover does not keep yet
  All clients are on one broker at a time. When it fails, the next one serves the same address within a moment, but with
  what it has itself: sessions, queued messages, retained messages, and accounts made at run time, are not copied between
  brokers. The accounts of security.accounts are on every broker.
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

The administrator is "admin"; the password is in the same Secret. A changed password there reaches the brokers with the
next `helm upgrade`.
{{- if and (not .Values.security.existingSecret) (include "mosquitto.volumesOutliveRelease" .) }}
`helm uninstall` keeps the volumes and, because they know its passwords, Secret {{ include "mosquitto.accountsSecret" . }}: an install under
the same name finds its data. To be rid of them too:

  kubectl -n {{ $namespace }} delete secret {{ include "mosquitto.accountsSecret" . }}
  kubectl -n {{ $namespace }} delete pvc -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/component=broker
{{- end }}
{{- with include "mosquitto.notesLimits" . | trim }}

{{ . }}
{{- end }}
{{- with include "mosquitto.notesWarnings" . | trim }}

{{ . }}
{{- end }}
{{- end -}}
