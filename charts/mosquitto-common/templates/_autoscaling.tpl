{{/*
The number of brokers follows their load; the StatefulSet therefore states none.
*/}}

{{- define "mosquitto.autoscaler" -}}
{{- $autoscaling := .Values.autoscaling -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "mosquitto.metadata" (dict "root" . "component" "broker" "name" (include "mosquitto.fullname" .)) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: StatefulSet
    name: {{ include "mosquitto.fullname" . }}
  minReplicas: {{ int $autoscaling.minBrokers }}
  maxReplicas: {{ int $autoscaling.maxBrokers }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ int $autoscaling.targetCPUUtilizationPercentage }}
    {{- with $autoscaling.metrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $autoscaling.behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
