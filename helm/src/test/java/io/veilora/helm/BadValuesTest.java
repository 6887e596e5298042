package io.veilora.helm;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that cannot work are refused before anything is installed, with words that say what to change. */
class BadValuesTest {
    @TempDir
    Path folder;

    @Test
    void withoutKafkaDatabaseAndBucketThereIsNoService() {
        assertRefused("{}", "kafka.bootstrapServers: expected the brokers");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {functions: {keda: {maxReplicas: 9}}}          | got 9, expected at most kafka.partitions (8)
            {functions: {keda: {minReplicas: 9}}}          | got 9, expected at most maxReplicas (8)
            {functions: {replicas: 9, keda: {enabled: false}}} | functions.replicas: got 9, expected at most kafka.partitions (8)
            {gateway: {autoscaling: {enabled: true, minReplicas: 9}}} | gateway.autoscaling.minReplicas: got 9
            {kafka: {securityProtocol: SASL_SSL}}          | kafka.sasl.existingSecret: kafka.securityProtocol is SASL_SSL
            {kafka: {tls: {caSecret: ca}}}                 | kafka.securityProtocol is PLAINTEXT, expected SSL or SASL_SSL
            {postgresql: {jdbcUrl: ''}}                    | postgresql.jdbcUrl: expected jdbc:postgresql://
            {postgresql: {existingSecret: ''}}             | postgresql.existingSecret: expected
            {s3: {bucket: ''}}                             | s3.bucket: expected
            {gateway: {terminationGracePeriodSeconds: 35}} | got 35, expected more than 35 (preStopSeconds, answerWait and 10)
            {functions: {drainPatience: 50s}}              | got 60, expected more than 60 (drainPatience and 10)
            {functions: {pools: {big: {models: [a], keda: {maxReplicas: 9}}}}} | functions.pools.big.keda.maxReplicas: got 9
            {gateway: {ingress: {enabled: true}}}          | gateway.ingress.host: expected
            {importJob: {enabled: true, source: {claim: a}}} | importJob.model: expected
            {importJob: {enabled: true, model: a}}         | importJob.source: got 0 of claim, url and s3
            {importJob: {enabled: true, model: a, source: {claim: a, s3: 's3://b'}}} | importJob.source: got 2 of claim
            """)
    void whatDoesNotFitTogetherIsRefused(String values, String message) {
        assertRefused(values, message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {functions: {replica: 2}}                      | replica
            {gatway: {replicas: 2}}                        | gatway
            {functions: {pools: {big: {keda: {maxReplicas: 1}}}}} | models
            {functions: {pools: {Big_One: {models: [a]}}}} | Big_One
            {functions: {pools: {default: {models: [a]}}}} | default
            {functions: {pools: {big: {models: [a], keda: {maxReplica: 1}}}}} | maxReplica
            {functions: {gpu: {enable: true}}}             | enable
            {kafka: {securityProtocol: SASL}}              | securityProtocol
            {kafka: {bootstrapServers: 'kafka'}}           | bootstrapServers
            {kafka: {partitions: '8'}}                     | partitions
            {kafka: {partitions: 0}}                       | partitions
            {postgresql: {jdbcUrl: 'postgres://db/v'}}     | jdbcUrl
            {importJob: {source: {url: 'http://example.com'}}} | url
            {importJob: {parameters: MLWE_64x1}}           | parameters
            {podSecurity: {runAsUser: 0}}                  | runAsUser
            {image: {pullPolicy: Sometimes}}               | pullPolicy
            """)
    void theSchemaRefusesUnknownNamesAndWrongForms(String values, String name) {
        assertRefused(values, name);
    }

    private void assertRefused(String values, String message) {
        List<Path> files =
                values.equals("{}") ? List.of(write(values)) : List.of(Chart.configuration("minimal"), write(values));
        assertThatThrownBy(() -> Chart.render(files)).hasMessageContaining(message);
    }

    private Path write(String values) {
        try {
            return Files.writeString(folder.resolve("values.yaml"), values);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
