{{/* What things are called, and the labels they bear. */}}

{{- define "veilora.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What never changes in an object's life. Arguments: root, role, and pool for the objects of a pool of step functions. */}}
{{- define "veilora.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | trunc 40 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- with .pool }}
veilora.io/pool: {{ . }}
{{- end }}
{{- end -}}

{{/* Arguments as before. */}}
{{- define "veilora.labels" -}}
{{ include "veilora.selector" . }}
app.kubernetes.io/part-of: veilora
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The service account of a role. Arguments: root, role. */}}
{{- define "veilora.serviceAccountName" -}}
{{- $account := (index .root.Values .role).serviceAccount -}}
{{- if $account.create -}}
{{- default (printf "%s-%s" (include "veilora.fullname" .root) .role) $account.name -}}
{{- else -}}
{{- default "default" $account.name -}}
{{- end -}}
{{- end -}}

{{/* Arguments: root, name (the image's last name). */}}
{{- define "veilora.image" -}}
{{- printf "%s/%s:%s" .root.Values.image.registry .name (default .root.Chart.AppVersion .root.Values.image.tag) -}}
{{- end -}}

{{/*
The pools of step functions, the default one among them: its name and what it has in place of the values of functions.
*/}}
{{- define "veilora.pools" -}}
{{- toYaml (merge (dict "default" dict) .Values.functions.pools) -}}
{{- end -}}

{{/* The values of a pool. Arguments: root, overrides. */}}
{{- define "veilora.functions" -}}
{{- toYaml (omit (mergeOverwrite (deepCopy .root.Values.functions) (omit .overrides "models")) "pools") -}}
{{- end -}}

{{/* What a pool's objects are called. Arguments: root, pool. */}}
{{- define "veilora.poolName" -}}
{{- printf "%s-functions%s" (include "veilora.fullname" .root) (ternary "" (printf "-%s" .pool) (eq .pool "default")) -}}
{{- end -}}
