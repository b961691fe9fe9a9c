{{- define "console.name" -}}
{{ .Values.name | default (printf "%s-console" .Values.product) }}
{{- end -}}

{{/* What a Deployment, a Service and a policy choose pods by: it never changes. */}}
{{- define "console.selector" -}}
app.kubernetes.io/name: {{ include "console.name" . }}
app.kubernetes.io/instance: {{ .Values.stage }}
app.kubernetes.io/component: console
{{- end -}}

{{- define "console.labels" -}}
{{ include "console.selector" . }}
app.kubernetes.io/part-of: {{ .Values.product }}
app.kubernetes.io/managed-by: dual-registry
{{- end -}}

{{- define "console.metadata" -}}
name: {{ include "console.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "console.labels" . | nindent 2 }}
{{- end -}}

{{- define "console.spread" -}}
- maxSkew: 1
  topologyKey: {{ .key }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "console.selector" .root | nindent 6 }}
{{- end -}}
