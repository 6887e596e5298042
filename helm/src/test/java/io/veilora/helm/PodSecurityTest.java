package io.veilora.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The restricted profile of the Pod Security Standards, a root folder that nobody can write, and secrets by reference only. */
class PodSecurityTest {
    static Stream<Path> configurations() throws IOException {
        return Chart.configurations();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void everyPodIsRestricted(Path values) throws IOException {
        Chart.render(values).podSpecs().forEach(pod -> {
            assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
            assertThat(pod.at("/securityContext/runAsUser").asInt()).isPositive();
            assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
            assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
            assertThat(pod.path("enableServiceLinks").asBoolean(true)).isFalse();
            for (String forbidden : new String[] {"hostNetwork", "hostPID", "hostIPC"}) {
                assertThat(pod.has(forbidden)).isFalse();
            }
            for (JsonNode volume : pod.path("volumes")) {
                assertThat(volume.has("hostPath")).isFalse();
            }
            containers(pod).forEach(PodSecurityTest::isRestricted);
        });
    }

    private static void isRestricted(JsonNode container) {
        JsonNode context = container.path("securityContext");
        assertThat(context.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
        assertThat(context.path("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(context.path("runAsNonRoot").asBoolean()).isTrue();
        assertThat(context.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
        assertThat(context.at("/capabilities/add").isMissingNode()).isTrue();
        assertThat(container.at("/resources/requests/cpu").isMissingNode()).isFalse();
        assertThat(container.at("/resources/requests/memory").isMissingNode()).isFalse();
        assertThat(container.at("/resources/limits/memory").isMissingNode()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void whatTheProgramWritesLiesInVolumes(Path values) throws IOException {
        Chart.render(values).podSpecs().forEach(pod -> {
            Set<String> volumes = new HashSet<>();
            pod.path("volumes")
                    .forEach(volume -> volumes.add(volume.path("name").asText()));
            containers(pod).forEach(container -> {
                Set<String> mounted = new HashSet<>();
                Set<String> paths = new HashSet<>();
                for (JsonNode mount : container.path("volumeMounts")) {
                    mounted.add(mount.path("name").asText());
                    paths.add(mount.path("mountPath").asText());
                }
                assertThat(volumes).containsAll(mounted);
                assertThat(paths).contains("/tmp");
                container.path("args").forEach(argument -> {
                    if (argument.asText().startsWith("/")) {
                        assertThat(paths).anyMatch(path -> argument.asText().startsWith(path));
                    }
                });
            });
        });
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void thereIsNoSecretAmongTheObjectsAndNoPasswordInTheEnvironment(Path values) throws IOException {
        Manifests manifests = Chart.render(values);
        assertThat(manifests.has("Secret")).isFalse();
        manifests.podSpecs().forEach(pod -> containers(pod).forEach(container -> {
            for (JsonNode variable : container.path("env")) {
                String name = variable.path("name").asText();
                if (name.matches(".*(PASSWORD|SECRET|USERNAME|KEY_ID|KEYSTORE_KEY|CERTIFICATE).*|TOKEN")) {
                    assertThat(variable.at("/valueFrom/secretKeyRef/name").asText())
                            .as(name)
                            .isNotEmpty();
                    assertThat(variable.has("value")).as(name).isFalse();
                }
            }
        }));
    }

    @Test
    void foreignSecretsAndTheirKeysAreUsedAsTheyAre() throws IOException {
        JsonNode pod = Chart.render(Chart.configuration("sasl"))
                .get("Deployment", "-gateway")
                .at("/spec/template/spec");
        assertThat(secret(pod, "SASL_USERNAME")).isEqualTo("kafka-user/user");
        assertThat(secret(pod, "SASL_PASSWORD")).isEqualTo("kafka-user/pass");
        assertThat(secret(pod, "KAFKA_SSL_TRUSTSTORE_CERTIFICATES")).isEqualTo("kafka-ca/ca.crt");
        assertThat(secret(pod, "QUARKUS_DATASOURCE_POSTGRESQL_PASSWORD")).isEqualTo("db-user/pass");
        assertThat(secret(pod, "VEILORA_S3_SECRET_ACCESS_KEY")).isEqualTo("s3-user/secret");
        // Kubernetes fills in only what was defined before.
        assertThat(Manifests.environment(pod)
                        .map(variable -> variable.path("name").asText()))
                .containsSubsequence("SASL_USERNAME", "SASL_PASSWORD", "KAFKA_SASL_JAAS_CONFIG");
    }

    private static String secret(JsonNode pod, String variable) {
        JsonNode reference = Manifests.environment(pod)
                .filter(each -> each.path("name").asText().equals(variable))
                .findFirst()
                .orElseThrow()
                .at("/valueFrom/secretKeyRef");
        return reference.path("name").asText() + "/" + reference.path("key").asText();
    }

    private static Stream<JsonNode> containers(JsonNode pod) {
        return Stream.concat(
                pod.path("containers").valueStream(), pod.path("initContainers").valueStream());
    }
}
