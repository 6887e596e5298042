{{/*
What values.schema.json cannot say: values that are required, and pairs that must agree. Every message says what was got and
what is expected.
*/}}
{{- define "veilora.checks" -}}
{{- $values := .Values -}}
{{- if not $values.kafka.bootstrapServers -}}
{{- fail "kafka.bootstrapServers: expected the brokers, host:port separated by commas" -}}
{{- end -}}
{{- if and (hasPrefix "SASL_" $values.kafka.securityProtocol) (not $values.kafka.sasl.existingSecret) -}}
{{- fail (printf "kafka.sasl.existingSecret: kafka.securityProtocol is %s, expected the name of a secret with user name and password" $values.kafka.securityProtocol) -}}
{{- end -}}
{{- if and (or $values.kafka.tls.caSecret $values.kafka.tls.clientSecret) (not (hasSuffix "SSL" $values.kafka.securityProtocol)) -}}
{{- fail (printf "kafka.tls: a secret is named, but kafka.securityProtocol is %s, expected SSL or SASL_SSL" $values.kafka.securityProtocol) -}}
{{- end -}}
{{- if not $values.postgresql.jdbcUrl -}}
{{- fail "postgresql.jdbcUrl: expected jdbc:postgresql://host:port/database" -}}
{{- end -}}
{{- if not $values.postgresql.existingSecret -}}
{{- fail "postgresql.existingSecret: expected the name of a secret with user name and password" -}}
{{- end -}}
{{- if not $values.s3.bucket -}}
{{- fail "s3.bucket: expected the name of a bucket" -}}
{{- end -}}
{{- range $pool, $overrides := include "veilora.pools" . | fromYaml -}}
{{- include "veilora.checks.pool" (dict "root" $ "pool" $pool "functions" (include "veilora.functions" (dict "root" $ "overrides" $overrides) | fromYaml)) -}}
{{- end -}}
{{- $scaling := $values.gateway.autoscaling -}}
{{- if and $scaling.enabled (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- fail (printf "gateway.autoscaling.minReplicas: got %d, expected at most maxReplicas (%d)" (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- end -}}
{{- $needed := add (int $values.gateway.preStopSeconds) (int (trimSuffix "s" $values.gateway.answerWait)) 10 -}}
{{- if le (int $values.gateway.terminationGracePeriodSeconds) (int $needed) -}}
{{- fail (printf "gateway.terminationGracePeriodSeconds: got %d, expected more than %d (preStopSeconds, answerWait and 10): waiting requests would be cut off" (int $values.gateway.terminationGracePeriodSeconds) (int $needed)) -}}
{{- end -}}
{{- if and $values.gateway.ingress.enabled (not $values.gateway.ingress.host) -}}
{{- fail "gateway.ingress.host: expected a host name" -}}
{{- end -}}
{{- if $values.importJob.enabled -}}
{{- if not $values.importJob.model -}}
{{- fail "importJob.model: expected the model's name in URLs" -}}
{{- end -}}
{{- $source := $values.importJob.source -}}
{{- $sources := len (compact (list $source.claim $source.url $source.s3)) -}}
{{- if ne $sources 1 -}}
{{- fail (printf "importJob.source: got %d of claim, url and s3, expected one" $sources) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Arguments: root, pool ("default" or its name), functions (the pool's values). */}}
{{- define "veilora.checks.pool" -}}
{{- $where := ternary "functions" (printf "functions.pools.%s" .pool) (eq .pool "default") -}}
{{- $partitions := int .root.Values.kafka.partitions -}}
{{- $keda := .functions.keda -}}
{{- if and $keda.enabled (gt (int $keda.maxReplicas) $partitions) -}}
{{- fail (printf "%s.keda.maxReplicas: got %d, expected at most kafka.partitions (%d): another replica would get no partition" $where (int $keda.maxReplicas) $partitions) -}}
{{- end -}}
{{- if and $keda.enabled (gt (int $keda.minReplicas) (int $keda.maxReplicas)) -}}
{{- fail (printf "%s.keda.minReplicas: got %d, expected at most maxReplicas (%d)" $where (int $keda.minReplicas) (int $keda.maxReplicas)) -}}
{{- end -}}
{{- if and (not $keda.enabled) (gt (int .functions.replicas) $partitions) -}}
{{- fail (printf "%s.replicas: got %d, expected at most kafka.partitions (%d): another replica would get no partition" $where (int .functions.replicas) $partitions) -}}
{{- end -}}
{{- $needed := add (int (trimSuffix "s" .functions.drainPatience)) 10 -}}
{{- if le (int .functions.terminationGracePeriodSeconds) (int $needed) -}}
{{- fail (printf "%s.terminationGracePeriodSeconds: got %d, expected more than %d (drainPatience and 10): a batch would be cut off" $where (int .functions.terminationGracePeriodSeconds) (int $needed)) -}}
{{- end -}}
{{- end -}}
