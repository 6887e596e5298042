{{/* The application's configuration as environment variables. Passwords and keys only by reference to secrets. */}}

{{/* Arguments: secret, key. */}}
{{- define "veilora.fromSecret" -}}
valueFrom:
  secretKeyRef:
    name: {{ .secret }}
    key: {{ .key }}
{{- end -}}

{{/* Where Kafka, the database and the store are: the same for every role. Argument: the root. */}}
{{- define "veilora.env" -}}
- name: VEILORA_BROKER
  value: external
- name: VEILORA_DATABASE
  value: postgresql
- name: QUARKUS_DATASOURCE_POSTGRESQL_JDBC_URL
  value: {{ .Values.postgresql.jdbcUrl | quote }}
- name: QUARKUS_DATASOURCE_POSTGRESQL_JDBC_MAX_SIZE
  value: {{ .Values.postgresql.maxConnections | quote }}
- name: QUARKUS_DATASOURCE_POSTGRESQL_USERNAME
  {{- include "veilora.fromSecret" (dict "secret" .Values.postgresql.existingSecret "key" .Values.postgresql.usernameKey) | nindent 2 }}
- name: QUARKUS_DATASOURCE_POSTGRESQL_PASSWORD
  {{- include "veilora.fromSecret" (dict "secret" .Values.postgresql.existingSecret "key" .Values.postgresql.passwordKey) | nindent 2 }}
{{ include "veilora.env.kafka" . }}
{{ include "veilora.env.s3" . }}
- name: QUARKUS_LOG_LEVEL
  value: {{ .Values.logs.level }}
{{- end -}}

{{- define "veilora.env.kafka" -}}
- name: KAFKA_BOOTSTRAP_SERVERS
  value: {{ .Values.kafka.bootstrapServers | quote }}
- name: KAFKA_SECURITY_PROTOCOL
  value: {{ .Values.kafka.securityProtocol }}
- name: VEILORA_TOPICS_STEPS_PARTITIONS
  value: {{ .Values.kafka.partitions | quote }}
- name: VEILORA_TOPICS_REPLICATION
  value: {{ .Values.kafka.replicationFactor | quote }}
{{- range $pool, $overrides := .Values.functions.pools }}
- name: VEILORA_POOLS_{{ upper $pool }}_MODELS
  value: {{ join "," $overrides.models | quote }}
{{- end }}
{{- if hasPrefix "SASL_" .Values.kafka.securityProtocol }}
- name: KAFKA_SASL_MECHANISM
  value: {{ .Values.kafka.sasl.mechanism }}
# Only for the next line, where Kubernetes puts them in.
- name: SASL_USERNAME
  {{- include "veilora.fromSecret" (dict "secret" .Values.kafka.sasl.existingSecret "key" .Values.kafka.sasl.usernameKey) | nindent 2 }}
- name: SASL_PASSWORD
  {{- include "veilora.fromSecret" (dict "secret" .Values.kafka.sasl.existingSecret "key" .Values.kafka.sasl.passwordKey) | nindent 2 }}
- name: KAFKA_SASL_JAAS_CONFIG
  {{- $module := ternary "plain.PlainLoginModule" "scram.ScramLoginModule" (eq .Values.kafka.sasl.mechanism "PLAIN") }}
  value: org.apache.kafka.common.security.{{ $module }} required username="$(SASL_USERNAME)" password="$(SASL_PASSWORD)";
{{- end }}
{{- with .Values.kafka.tls }}
{{- if .caSecret }}
- name: KAFKA_SSL_TRUSTSTORE_TYPE
  value: PEM
- name: KAFKA_SSL_TRUSTSTORE_CERTIFICATES
  {{- include "veilora.fromSecret" (dict "secret" .caSecret "key" .caKey) | nindent 2 }}
{{- end }}
{{- if .clientSecret }}
- name: KAFKA_SSL_KEYSTORE_TYPE
  value: PEM
- name: KAFKA_SSL_KEYSTORE_CERTIFICATE_CHAIN
  {{- include "veilora.fromSecret" (dict "secret" .clientSecret "key" .certificateKey) | nindent 2 }}
- name: KAFKA_SSL_KEYSTORE_KEY
  {{- include "veilora.fromSecret" (dict "secret" .clientSecret "key" .privateKeyKey) | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "veilora.env.s3" -}}
- name: VEILORA_STORE
  value: s3
- name: VEILORA_S3_BUCKET
  value: {{ .Values.s3.bucket | quote }}
- name: VEILORA_S3_REGION
  value: {{ .Values.s3.region | quote }}
{{- if .Values.s3.endpoint }}
- name: VEILORA_S3_ENDPOINT
  value: {{ .Values.s3.endpoint | quote }}
{{- end }}
{{- if .Values.s3.prefix }}
- name: VEILORA_S3_PREFIX
  value: {{ .Values.s3.prefix | quote }}
{{- end }}
- name: VEILORA_S3_PATH_STYLE
  value: {{ .Values.s3.pathStyle | quote }}
{{- if .Values.s3.existingSecret }}
- name: VEILORA_S3_ACCESS_KEY_ID
  {{- include "veilora.fromSecret" (dict "secret" .Values.s3.existingSecret "key" .Values.s3.accessKeyIdKey) | nindent 2 }}
- name: VEILORA_S3_SECRET_ACCESS_KEY
  {{- include "veilora.fromSecret" (dict "secret" .Values.s3.existingSecret "key" .Values.s3.secretAccessKeyKey) | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The same for the AWS command line. */}}
{{- define "veilora.env.aws" -}}
- name: AWS_REGION
  value: {{ .Values.s3.region | quote }}
{{- if .Values.s3.existingSecret }}
- name: AWS_ACCESS_KEY_ID
  {{- include "veilora.fromSecret" (dict "secret" .Values.s3.existingSecret "key" .Values.s3.accessKeyIdKey) | nindent 2 }}
- name: AWS_SECRET_ACCESS_KEY
  {{- include "veilora.fromSecret" (dict "secret" .Values.s3.existingSecret "key" .Values.s3.secretAccessKeyKey) | nindent 2 }}
{{- end }}
{{- end -}}
