{{/*
The accounts that every broker of a release has, and the Secret with their passwords.
*/}}

{{/* accounts.json, which `launch` reads at each start of a broker. */}}
{{- define "mosquitto.accountsFile" -}}
{{- $accounts := list (dict "username" "admin" "roles" (list "super-admin" "sys-observe" "topic-observe")) -}}
{{- range .Values.security.accounts -}}
{{- $accounts = append $accounts (dict "username" .username "roles" .roles) -}}
{{- end -}}
{{- if include "mosquitto.hasCenter" . -}}
{{- /* What the management center does: administer accounts, see brokers, and any topic. Not more of $CONTROL. */}}
{{- $accounts = append $accounts (dict "username" "management-center" "roles" (list "dynsec-admin" "broker-admin" "sys-observe" "client")) -}}
{{- end -}}
{{- dict "accounts" $accounts | toPrettyJson -}}
{{- end -}}

{{/*
The generated passwords as YAML, username to base64. A password that the Secret in the cluster has is kept, so upgrades
and re-installs change nothing; accounts that are new get one. Remembered in the root context, because the Secret and the
checksum on the broker's pods must speak of the same random text.
*/}}
{{- define "mosquitto.passwords" -}}
{{- if not (hasKey . "mosquittoPasswords") -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace (include "mosquitto.accountsSecret" .) | default dict -}}
{{- $kept := get $found "data" | default dict -}}
{{- $passwords := dict -}}
{{- range $account := (include "mosquitto.accountsFile" . | fromJson).accounts -}}
{{- $_ := set $passwords $account.username (get $kept $account.username | default (randAlphaNum 24 | b64enc)) -}}
{{- end -}}
{{- $_ := set . "mosquittoPasswords" $passwords -}}
{{- end -}}
{{- toYaml .mosquittoPasswords -}}
{{- end -}}

{{/*
What restarts brokers when a password changes: the generated ones, or those of the existing Secret if the cluster can be
asked while rendering.
*/}}
{{- define "mosquitto.passwordsChecksum" -}}
{{- if .Values.security.existingSecret -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace .Values.security.existingSecret | default dict -}}
{{- printf "%s %s" .Values.security.existingSecret (get $found "data" | default dict | toYaml) | sha256sum -}}
{{- else -}}
{{- include "mosquitto.passwords" . | sha256sum -}}
{{- end -}}
{{- end -}}

{{/* The same for the one account of the management center. */}}
{{- define "mosquitto.centerPasswordChecksum" -}}
{{- $passwords := dict -}}
{{- if .Values.security.existingSecret -}}
{{- $passwords = dig "data" (dict) (lookup "v1" "Secret" .Release.Namespace .Values.security.existingSecret | default dict) -}}
{{- else -}}
{{- $passwords = include "mosquitto.passwords" . | fromYaml -}}
{{- end -}}
{{- printf "%s %s" .Values.security.existingSecret (get $passwords "management-center" | default "") | sha256sum -}}
{{- end -}}

{{/*
Brokers keep password hashes on their volumes. While those outlive the release, the Secret does too, and a re-install
under the same name finds both (Helm takes over what carries its release's name).
*/}}
{{- define "mosquitto.volumesOutliveRelease" -}}
{{- with .Values.broker.persistence -}}
{{- if and .enabled (eq .retention.whenDeleted "Retain") -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "mosquitto.accounts" -}}
{{- if not .Values.security.existingSecret }}
{{- $annotations := dict -}}
{{- if include "mosquitto.volumesOutliveRelease" . -}}
{{- $annotations = dict "helm.sh/resource-policy" "keep" -}}
{{- end }}
apiVersion: v1
kind: Secret
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.accountsSecret" .) "annotations" $annotations) | nindent 2 }}
type: Opaque
data:
  {{- include "mosquitto.passwords" . | nindent 2 }}
{{- end }}
{{- end -}}
