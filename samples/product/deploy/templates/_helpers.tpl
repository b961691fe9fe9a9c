{{/* host/repository:tag@digest of an image; where a digest is there, it decides. */}}
{{- define "product.image" -}}
{{ .registry }}/{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}

{{/* A tag may be moved, so what it names is asked for again; a digest is not. */}}
{{- define "product.pullPolicy" -}}
{{ if .digest }}IfNotPresent{{ else }}Always{{ end }}
{{- end -}}

{{- define "product.labels" -}}
{{ include "product.selector" . }}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{- define "product.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{- define "product.serviceAccount" -}}
{{ .Values.serviceAccount.name | default .Release.Name }}
{{- end -}}

{{/* What every pod has: no root, no token of the cluster's API, the pull secrets of the stage. */}}
{{- define "product.pod" -}}
serviceAccountName: {{ include "product.serviceAccount" . }}
automountServiceAccountToken: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65534
  runAsGroup: 65534
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{/* The image of a container, and what it may do. */}}
{{- define "product.container" -}}
image: {{ include "product.image" .image | quote }}
imagePullPolicy: {{ include "product.pullPolicy" .image }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml .root.Values.resources | nindent 2 }}
{{- end -}}
