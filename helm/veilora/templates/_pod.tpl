{{/* What gateways, step functions and the import have in common: the restricted profile of the Pod Security Standards. */}}

{{- define "veilora.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ .Values.podSecurity.runAsUser }}
runAsGroup: {{ .Values.podSecurity.runAsUser }}
fsGroup: {{ .Values.podSecurity.fsGroup }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "veilora.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Placement and pull secrets. Arguments: root, values (of the role). */}}
{{- define "veilora.placement" -}}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The server listens on every address of the pod; its local files are a cache and scratch space. Argument: startSeconds. */}}
{{- define "veilora.server" -}}
args: [server, --host, 0.0.0.0, --port, "8080", --data, /var/lib/veilora]
ports:
  - name: http
    containerPort: 8080
startupProbe:
  httpGet:
    path: /health/started
    port: http
  periodSeconds: 2
  failureThreshold: {{ div (add (int .startSeconds) 1) 2 }}
livenessProbe:
  httpGet:
    path: /health/live
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: /health/ready
    port: http
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}
