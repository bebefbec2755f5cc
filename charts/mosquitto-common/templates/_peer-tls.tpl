{{/*
The certificate by which agents know each other. The chart makes it, and the authority that signs it, unless the values name
another source. The authority's key is in a Secret of its own, which no pod sees; because it stays when the certificate is renewed, agents
that have the new certificate and agents that still have the old one go on trusting each other.
*/}}

{{/* true where the chart makes the certificate itself. */}}
{{- define "mosquitto.makesPeerTls" -}}
{{- if not (or .Values.replication.tls.existingSecret .Values.replication.tls.certManager.enabled) -}}true{{- end -}}
{{- end -}}

{{/* Every broker that there can ever be, by one name; as a JSON list. */}}
{{- define "mosquitto.peerNames" -}}
{{- $headless := include "mosquitto.headless" . -}}
{{- list
      (printf "*.%s" (include "mosquitto.headlessDomain" .))
      (printf "*.%s.%s.svc" $headless .Release.Namespace)
      (include "mosquitto.headlessDomain" .)
      (printf "%s.%s.svc" $headless .Release.Namespace)
      $headless
      "localhost" | toJson -}}
{{- end -}}

{{- define "mosquitto.peerCertificate" -}}
{{- $manager := .Values.replication.tls.certManager -}}
{{- if $manager.enabled }}
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.peerSecret" .)) | nindent 2 }}
spec:
  secretName: {{ include "mosquitto.peerSecret" . }}
  duration: {{ $manager.duration }}
  renewBefore: {{ $manager.renewBefore }}
  privateKey:
    encoding: PKCS8
    rotationPolicy: Always
  usages:
    - digital signature
    - key encipherment
    - server auth
    - client auth
  dnsNames:
    {{- include "mosquitto.peerNames" . | fromJsonArray | toYaml | nindent 4 }}
  issuerRef:
    name: {{ $manager.issuerRef.name }}
    kind: {{ $manager.issuerRef.kind }}
    group: {{ $manager.issuerRef.group }}
{{- end }}
{{- end -}}

{{/*
Authority and certificate as YAML; what is in the cluster is kept while it has a third of its life left. Remembered in the root context,
because the two Secrets must speak of the same authority.
*/}}
{{- define "mosquitto.peerTlsData" -}}
{{- if not (hasKey . "mosquittoPeerTls") -}}
{{- $secret := include "mosquitto.peerSecret" . -}}
{{- $years := 10 -}}
{{- $now := now | unixEpoch | int64 -}}
{{- $kept := lookup "v1" "Secret" .Release.Namespace (printf "%s-authority" $secret) | default dict -}}
{{- $keptUntil := dig "metadata" "annotations" "mosquitto-ha.io/renew-after" "0" $kept | int64 -}}
{{- $authority := dict -}}
{{- $authorityUntil := $keptUntil -}}
{{- $isNew := not (lt $now $keptUntil) -}}
{{- if $isNew -}}
{{- $authority = genCA (printf "%s peers" (include "mosquitto.fullname" .)) (mul 365 $years | int) -}}
{{- $authorityUntil = add $now (div (mul $years 365 86400 2) 3) -}}
{{- else -}}
{{- $authority = buildCustomCert (get $kept.data "tls.crt") (get $kept.data "tls.key") -}}
{{- end -}}
{{- $names := include "mosquitto.peerNames" . | fromJsonArray -}}
{{- $days := int .Values.replication.tls.validityDays -}}
{{- $request := printf "%s %d" (join "," $names) $days | sha256sum -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace $secret | default dict -}}
{{- $notes := dig "metadata" "annotations" (dict) $found -}}
{{- $until := get $notes "mosquitto-ha.io/renew-after" | default "0" | int64 -}}
{{- $data := dict -}}
{{- if and (not $isNew) (eq (get $notes "mosquitto-ha.io/request" | default "") $request) (lt $now $until) -}}
{{- $data = $found.data -}}
{{- else -}}
{{- $pair := genSignedCert (include "mosquitto.headless" . | trunc 63) (list "127.0.0.1") $names $days $authority -}}
{{- /* What was trusted before stays trusted until the next renewal. */}}
{{- $before := dig "data" "tls.crt" "" $kept | b64dec -}}
{{- $trusted := ternary (printf "%s%s" $authority.Cert $before) $authority.Cert $isNew -}}
{{- $data = dict "tls.crt" ($pair.Cert | b64enc) "tls.key" ($pair.Key | b64enc) "ca.crt" ($trusted | b64enc) -}}
{{- $until = add $now (div (mul $days 86400 2) 3) -}}
{{- end -}}
{{- $_ := set . "mosquittoPeerTls" (dict
      "authority" (dict "data" (dict "tls.crt" ($authority.Cert | b64enc) "tls.key" ($authority.Key | b64enc)) "renewAfter" ($authorityUntil | toString))
      "peer" (dict "data" $data "renewAfter" ($until | toString) "request" $request)) -}}
{{- end -}}
{{- toYaml .mosquittoPeerTls -}}
{{- end -}}

{{- define "mosquitto.peerTls" -}}
{{- if include "mosquitto.makesPeerTls" . }}
{{- $made := include "mosquitto.peerTlsData" . | fromYaml }}
{{- $annotations := dict "mosquitto-ha.io/request" $made.peer.request "mosquitto-ha.io/renew-after" $made.peer.renewAfter }}
apiVersion: v1
kind: Secret
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.peerSecret" .) "annotations" $annotations) | nindent 2 }}
type: kubernetes.io/tls
data:
  {{- toYaml $made.peer.data | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "mosquitto.peerAuthority" -}}
{{- if include "mosquitto.makesPeerTls" . }}
{{- $made := include "mosquitto.peerTlsData" . | fromYaml }}
{{- $annotations := dict "mosquitto-ha.io/renew-after" $made.authority.renewAfter }}
apiVersion: v1
kind: Secret
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (printf "%s-authority" (include "mosquitto.peerSecret" .)) "annotations" $annotations) | nindent 2 }}
type: kubernetes.io/tls
data:
  {{- toYaml $made.authority.data | nindent 2 }}
{{- end }}
{{- end -}}
