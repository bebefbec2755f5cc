{{/*
haproxy.cfg and the ConfigMap that carries it. A change reaches the pods without a restart: `launch` reloads HAProxy.
*/}}

{{- define "mosquitto.haproxyAddress" -}}
{{- if or (has "IPv6" .Values.service.ipFamilies) (hasSuffix "DualStack" .Values.service.ipFamilyPolicy) -}}
:::%d v4v6
{{- else -}}
:%d
{{- end -}}
{{- end -}}

{{/* true for a door where HAProxy can read MQTT itself and so knows the client's id: (dict "root" $ "listener" …). */}}
{{- define "mosquitto.readsClientId" -}}
{{- $tls := and .listener.tls (not (include "mosquitto.tlsAtHaproxy" .root)) -}}
{{- if and (include "mosquitto.elastic" .root) (has .listener.name (list "mqtt" "mqtts")) (not $tls) -}}true{{- end -}}
{{- end -}}

{{- define "mosquitto.haproxyGlobal" -}}
{{- /* With TLS passed through to the broker, only HAProxy knows the client's address, so it logs connections too. */}}
{{- $connections := has (include "mosquitto.tlsAt" .) (list "broker" "both") -}}
global
  log stdout format raw local0 {{ ternary "info" "notice" $connections }}
{{- if include "mosquitto.replicated" . }}
  # A client that is relayed counts twice.
  maxconn {{ mul 2 (int64 .Values.haproxy.maxConnections) }}
{{- else }}
  maxconn {{ int64 .Values.haproxy.maxConnections }}
{{- end }}
  # Where the node allows fewer open files than that needs, serve fewer clients rather than none.
  no strict-limits
  stats socket /tmp/haproxy.sock mode 600 level admin
  # Endpoints vanish from Services a moment after the pod was told to stop: serve until then.
  grace 1s
  # A worker that was replaced by a reload no longer checks brokers, so it must not live on with its connections for ever.
  hard-stop-after {{ ternary "1h" "5m" (eq (include "mosquitto.elastic" .) "true") }}
  # Ends the sessions of brokers that are down.
  lua-load /etc/haproxy/sessions.lua
  ssl-default-bind-options ssl-min-ver {{ .Values.tls.minimumVersion }}
  ssl-default-server-options ssl-min-ver {{ .Values.tls.minimumVersion }}
{{- with .Values.haproxy.extraGlobal }}
  {{- . | trim | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "mosquitto.haproxyDefaults" -}}
{{- $timeouts := .Values.haproxy.timeouts -}}
defaults
  mode tcp
  log global
  option tcplog
  option dontlognull
  option redispatch 1
  option clitcpka
  option srvtcpka
  retries 3
  # A refused connection is tried again after the shorter of this and a second: it is part of every failover.
  timeout connect {{ $timeouts.connect }}
  timeout check {{ .Values.haproxy.check.timeout }}
  # Who is silent for too long is judged by the broker, by the keep-alive that the client itself announced.
  timeout client {{ $timeouts.client }}
  timeout server {{ $timeouts.server }}
  timeout tunnel {{ $timeouts.tunnel }}
  timeout client-fin 5s
  timeout server-fin 5s
{{- with .Values.haproxy.extraDefaults }}
  {{- . | trim | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Brokers come and go by DNS. When DNS itself is away, what it said last stays good. */}}
{{- define "mosquitto.haproxyResolvers" -}}
resolvers cluster
  parse-resolv-conf
  accepted_payload_size 8192
  resolve_retries 3
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 500ms
  hold obsolete 2s
  hold nx 10s
  hold other 1h
  hold refused 1h
  hold timeout 1h
{{- end -}}

{{/*
HAProxies tell each other which client id is on which broker, and so does a worker its successor at a reload. `launch` knows
the others and writes this section for them; without it, as when the file is checked, HAProxy is its only peer.
*/}}
{{- define "mosquitto.haproxyPeers" -}}
.if !defined(HAPROXY_PEERS)
global
  localpeer haproxy
peers haproxy
  bind 127.0.0.1:10000
  server haproxy
.endif
{{- end -}}

{{/* (dict "root" $ "listener" one of the clients' listeners) */}}
{{- define "mosquitto.haproxyFrontend" -}}
{{- $tls := .root.Values.tls -}}
{{- $bind := printf (include "mosquitto.haproxyAddress" .root) (int .listener.port) -}}
{{- if and .listener.tls (include "mosquitto.tlsAtHaproxy" .root) -}}
{{- $bind = printf "%s ssl crt /etc/haproxy/tls/tls.pem" $bind -}}
{{- if $tls.clientCertificates.required -}}
{{- $bind = printf "%s verify required ca-file /etc/haproxy/tls/ca.pem" $bind -}}
{{- end -}}
{{- end -}}
frontend {{ .listener.name }}
  bind {{ $bind }}
{{- if include "mosquitto.replicated" .root }}
  maxconn {{ int64 .root.Values.haproxy.maxConnections }}
{{- end }}
{{- if include "mosquitto.readsClientId" . }}
  # The first packet says who the client is; one that does not say so in time, or says it badly, is the broker's to refuse.
  tcp-request inspect-delay {{ .root.Values.haproxy.timeouts.clientHandshake }}
  tcp-request content set-var(txn.client) req.payload(0,0),mqtt_field_value(connect,client_identifier) if { req.payload(0,0),mqtt_is_valid }
  tcp-request content set-var(txn.place) var(txn.client) if { var(txn.client) -m len gt 0 }
  tcp-request content set-var(txn.place) uuid if !{ var(txn.client) -m len gt 0 }
{{- end }}
  default_backend {{ .listener.broker }}
{{- end -}}

{{/* How brokers are asked whether they may get clients: (dict "root" $ "path" "/leader"). */}}
{{- define "mosquitto.haproxyCheck" }}
  # Brokers are asked by HTTP, never by a bare connection to MQTT: that would fill their logs and would not see a broker that hangs.
  option httpchk
  http-check send meth GET uri {{ .path }} ver HTTP/1.1 hdr Host health
  http-check expect status 200
{{- end -}}

{{/* The brokers as DNS has them: (dict "root" $ "listener" … "prefix" "leader"). */}}
{{- define "mosquitto.haproxyServers" }}
{{- $root := .root }}
{{- $check := $root.Values.haproxy.check }}
  default-server check port 7070 inter {{ $check.interval }} fastinter {{ $check.fastInterval }} fall {{ int $check.fall }} rise {{ int $check.rise }}
  default-server init-addr none resolvers cluster resolve-prefer {{ ternary "ipv6" "ipv4" (eq (first $root.Values.service.ipFamilies | default "") "IPv6") }} resolve-opts ignore-weight hash-key addr
{{- if not .listener.tls }}
  default-server send-proxy-v2{{ if include "mosquitto.tlsAtHaproxy" $root }}-ssl{{ end }}
{{- else if eq (include "mosquitto.tlsAt" $root) "both" }}
  default-server ssl verify required ca-file /etc/haproxy/tls/ca.pem
{{- end }}
  server-template {{ .prefix }}- {{ include "mosquitto.maxBrokers" $root }} _{{ .listener.name }}._tcp.{{ include "mosquitto.headlessDomain" $root }}
{{- end -}}

{{/*
Where one broker serves: (dict "root" $ "listener" one of the brokers' listeners). The server `relay` stands behind the leader in the order of
`balance first`, so a connection that the leader refuses goes on to it at once, without a wait for a check or a retry; and it is there
while nobody leads. Behind it are all brokers, whose gates relay to the leader or hold the connection until there is one.
*/}}
{{- define "mosquitto.haproxyLeaderBackend" -}}
{{- $socket := printf "unix@/tmp/relay-%s.sock" .listener.name -}}
backend {{ .listener.name }}
  # Exactly one broker answers /leader with 200, so all clients meet on it.
  balance first
{{- include "mosquitto.haproxyCheck" (dict "path" "/leader") }}
  # Who can't be served there goes this way.
  server relay {{ $socket }} id 100 send-proxy-v2
{{- include "mosquitto.haproxyServers" (dict "root" .root "listener" .listener "prefix" "leader") }}

frontend {{ .listener.name }}-relay
  bind {{ $socket }} accept-proxy
  tcp-request content set-log-level silent
  default_backend {{ .listener.name }}-relay

backend {{ .listener.name }}-relay
  # Any broker that is up to date relays to the one that serves, or lets the client wait until there is one.
  balance roundrobin
{{- include "mosquitto.haproxyCheck" (dict "path" "/readyz") }}
{{- include "mosquitto.haproxyServers" (dict "root" .root "listener" .listener "prefix" "any") }}
{{- end -}}

{{/* Where all brokers serve: (dict "root" $ "listener" one of the brokers' listeners "byClientId" bool). */}}
{{- define "mosquitto.haproxySharedBackend" -}}
backend {{ .listener.name }}
{{- if .byClientId }}
  # A client id is placed by its hash, alike in every HAProxy, and then stays where it is although brokers are added.
  balance hash var(txn.place)
  hash-type consistent sdbm avalanche
  stick-table type string len 128 size 200k srvkey addr peers haproxy
  stick on var(txn.client) if { var(txn.client) -m len gt 0 }
{{- else }}
  # The client id cannot be read here, so clients are kept together by their address.
  balance source
  hash-type consistent sdbm avalanche
{{- end }}
{{- include "mosquitto.haproxyCheck" (dict "path" "/readyz") }}
{{- include "mosquitto.haproxyServers" (dict "root" .root "listener" .listener "prefix" "broker") }}
{{- end -}}

{{- define "mosquitto.haproxyBackend" -}}
{{- if include "mosquitto.elastic" .root -}}
{{ include "mosquitto.haproxySharedBackend" . }}
{{- else -}}
{{ include "mosquitto.haproxyLeaderBackend" . }}
{{- end -}}
{{- end -}}

{{/*
Ready means that a client who is let in here meets a broker. It stands before the defaults, because those are for MQTT and
log connections; probes and scrapes are not worth a line each.
*/}}
{{- define "mosquitto.haproxyHealth" -}}
{{- $listeners := include "mosquitto.listeners" . | fromYaml -}}
{{- $backend := printf "%s%s" (first $listeners.brokers).name (ternary "-relay" "" (eq (include "mosquitto.replicated" .) "true")) -}}
frontend health
  mode http
  bind {{ printf (include "mosquitto.haproxyAddress" .) 8404 }}
  timeout client 10s
  timeout http-request 5s
  # After a reload the next question goes to the new worker, not to the old one that a connection was left with.
  option httpclose
  monitor-uri /healthz
  http-request use-service prometheus-exporter if { path /metrics }
  http-request return status 200 content-type text/plain string "a broker is usable\n" if { path /readyz } { nbsrv({{ $backend }}) ge 1 }
  http-request return status 503 content-type text/plain string "no broker is usable\n" if { path /readyz }
  http-request return status 404
{{- end -}}

{{- define "mosquitto.haproxyCfg" -}}
{{- $root := . -}}
{{- $listeners := include "mosquitto.listeners" . | fromYaml -}}
{{- $readable := list -}}
# Written by Helm from the values of release {{ .Release.Name }}; change the values, not this file.
{{ include "mosquitto.haproxyGlobal" . }}

{{ include "mosquitto.haproxyResolvers" . }}
{{- if include "mosquitto.elastic" . }}

{{ include "mosquitto.haproxyPeers" . }}
{{- end }}

{{ include "mosquitto.haproxyHealth" . }}

{{ include "mosquitto.haproxyDefaults" . }}
{{- range $listener := $listeners.clients }}
{{- if include "mosquitto.readsClientId" (dict "root" $root "listener" $listener) }}
{{- $readable = append $readable $listener.broker }}
{{- end }}

{{ include "mosquitto.haproxyFrontend" (dict "root" $root "listener" $listener) }}
{{- end }}
{{- range $listener := $listeners.brokers }}

{{ include "mosquitto.haproxyBackend" (dict "root" $root "listener" $listener "byClientId" (has $listener.name $readable)) }}
{{- end }}
{{- with .Values.haproxy.extraConfig }}

# haproxy.extraConfig
{{ . | trim }}
{{- end }}
{{- end -}}

{{/* A time of HAProxy's in milliseconds, at least one. */}}
{{- define "mosquitto.haproxyMillis" -}}
{{- if hasSuffix "us" . -}}
{{- div (add 999 (trimSuffix "us" . | int64)) 1000 -}}
{{- else if hasSuffix "ms" . -}}
{{- trimSuffix "ms" . -}}
{{- else -}}
{{- $unit := . | trunc -1 -}}
{{- mul (trimSuffix $unit . | int64) (get (dict "s" 1000 "m" 60000 "h" 3600000 "d" 86400000) $unit) -}}
{{- end -}}
{{- end -}}

{{/*
What `on-marked-down shutdown-sessions` is for, done a moment later. Done at once it also hits connections that are just being made,
and HAProxy 3.0 then forgets such a client: it gets neither an answer nor an end. Once the server has been down for longer than
`timeout connect`, nothing is being made there any more. And not before another server can take the clients: a broker that is just too
busy to be checked would only get busier by having all of them come back at once.
*/}}
{{- define "mosquitto.haproxySessions" -}}
-- Written by Helm: ends the sessions of brokers that are down, when no connection to them can be on its way any more, and there is another.
local patience = {{ add 50 (include "mosquitto.haproxyMillis" .Values.haproxy.timeouts.connect | int64) }} -- ms
local pause = 25 -- ms
local down = {} -- how long each server that has sessions has been seen down

local function is_down(server)
  if server:get_cur_sess() == 0 then
    return false
  end
  local stats = server:get_stats()
{{- if not (include "mosquitto.elastic" .) }}
  -- An agent that answers lets go of its broker's clients itself, and leads those who come later to the leader.
  if (stats.check_status or ""):find("L7STS", 1, true) then
    return false
  end
{{- end }}
  local status = stats.status
  return status:sub(1, 4) == "DOWN" or status:sub(1, 5) == "MAINT"
end

local function another_is_up(backend)
  for _, server in pairs(backend.servers) do
    if server:get_stats().status:sub(1, 2) == "UP" then
      return true
    end
  end
  return false
end

core.register_task(function()
  while true do
    core.msleep(pause)
    for _, backend in pairs(core.backends) do
      for name, server in pairs(backend.servers) do
        local key = backend.name .. "/" .. name
        if not is_down(server) then
          down[key] = nil
        else
          down[key] = (down[key] or 0) + pause
          if down[key] >= patience and another_is_up(backend) then
            server:shut_sess()
          end
        end
      end
    end
  end
end)
{{- end -}}

{{- define "mosquitto.haproxyConfig" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "haproxy" "name" (include "mosquitto.haproxyName" .)) | nindent 2 }}
data:
  haproxy.cfg: |
    {{- include "mosquitto.haproxyCfg" . | nindent 4 }}
  sessions.lua: |
    {{- include "mosquitto.haproxySessions" . | nindent 4 }}
{{- end -}}
