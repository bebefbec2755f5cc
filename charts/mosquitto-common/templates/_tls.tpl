{{/*
Where certificates come from when no existing Secret is named: cert-manager, or Helm itself for a trial.
*/}}

{{/* The names a certificate must hold for clients in the cluster, as a JSON list; the values' own come after them. */}}
{{- define "mosquitto.certificateNames" -}}
{{- $full := include "mosquitto.fullname" . -}}
{{- $names := list
      (include "mosquitto.serviceDomain" .)
      (printf "%s.%s.svc" $full .Release.Namespace)
      (printf "%s.%s" $full .Release.Namespace)
      $full
      (printf "*.%s" (include "mosquitto.headlessDomain" .))
      "localhost" -}}
{{- toJson $names -}}
{{- end -}}

{{/* A Certificate: (dict "root" $ "component" "clients" "secret" "x" "names" (list …) "manager" .Values.tls.certManager). */}}
{{- define "mosquitto.certificateFor" -}}
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  {{- include "mosquitto.metadata" (dict "root" .root "component" .component "name" .secret) | nindent 2 }}
spec:
  secretName: {{ .secret }}
  duration: {{ .manager.duration }}
  renewBefore: {{ .manager.renewBefore }}
  privateKey:
    rotationPolicy: Always
  usages:
    - digital signature
    - key encipherment
    - server auth
  dnsNames:
    {{- concat .names .manager.dnsNames | uniq | toYaml | nindent 4 }}
  {{- with .manager.ipAddresses }}
  ipAddresses:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  issuerRef:
    name: {{ .manager.issuerRef.name }}
    kind: {{ .manager.issuerRef.kind }}
    group: {{ .manager.issuerRef.group }}
{{- end -}}

{{- define "mosquitto.certificate" -}}
{{- if and .Values.tls.enabled .Values.tls.certManager.enabled }}
{{- include "mosquitto.certificateFor" (dict "root" . "component" "clients" "secret" (include "mosquitto.tlsSecret" .) "names" (include "mosquitto.certificateNames" . | fromJsonArray) "manager" .Values.tls.certManager) }}
{{- end }}
{{- end -}}

{{/*
A self-made certificate's data as YAML: (dict "root" $ "secret" "x" "name" "y" "names" (list …) "self" .Values.tls.selfSigned). The one in
the cluster is kept while it is for the same names and has a third of its life left; an upgrade after that renews it.
*/}}
{{- define "mosquitto.selfSignedData" -}}
{{- $names := concat .names .self.dnsNames | uniq -}}
{{- $addresses := concat (list "127.0.0.1") .self.ipAddresses | uniq -}}
{{- $days := int .self.validityDays -}}
{{- $request := printf "%s %s %d" (join "," $names) (join "," $addresses) $days | sha256sum -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .secret | default dict -}}
{{- $notes := dig "metadata" "annotations" (dict) $found -}}
{{- $now := now | unixEpoch | int64 -}}
{{- $renewAt := get $notes "mosquitto-ha.io/renew-after" | default "0" | int64 -}}
{{- if and (eq (get $notes "mosquitto-ha.io/request" | default "") $request) (lt $now $renewAt) -}}
{{- dict "request" $request "renewAfter" ($renewAt | toString) "data" $found.data | toYaml -}}
{{- else -}}
{{- $authority := genCA (printf "%s trial CA" .name) $days -}}
{{- $pair := genSignedCert .name $addresses $names $days $authority -}}
{{- $data := dict "tls.crt" ($pair.Cert | b64enc) "tls.key" ($pair.Key | b64enc) "ca.crt" ($authority.Cert | b64enc) -}}
{{- dict "request" $request "renewAfter" (add $now (div (mul $days 86400 2) 3) | toString) "data" $data | toYaml -}}
{{- end -}}
{{- end -}}

{{/* The same and "component". */}}
{{- define "mosquitto.selfSignedFor" -}}
{{- $made := include "mosquitto.selfSignedData" . | fromYaml -}}
{{- $annotations := dict "mosquitto-ha.io/request" $made.request "mosquitto-ha.io/renew-after" $made.renewAfter -}}
apiVersion: v1
kind: Secret
metadata:
  {{- include "mosquitto.metadata" (dict "root" .root "component" .component "name" .secret "annotations" $annotations) | nindent 2 }}
type: kubernetes.io/tls
data:
  {{- toYaml $made.data | nindent 2 }}
{{- end -}}

{{- define "mosquitto.selfSigned" -}}
{{- if and .Values.tls.enabled .Values.tls.selfSigned.enabled }}
{{- include "mosquitto.selfSignedFor" (dict "root" . "component" "clients" "secret" (include "mosquitto.tlsSecret" .) "name" (include "mosquitto.fullname" .) "names" (include "mosquitto.certificateNames" . | fromJsonArray) "self" .Values.tls.selfSigned) }}
{{- end }}
{{- end -}}
