package io.veilora.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.functions.broker.Topics;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** Who decides how many replicas there are, and what a replica gets. */
class ScalingTest {
    private static final String TOPIC_OF_LARGE = "veilora.steps.pool.large";

    @Test
    void kedaScalesStepFunctionsToZeroOnTheLagOfTheGroupThatTheyAreIn() throws IOException {
        Manifests manifests = Chart.render(Chart.configuration("minimal"));
        JsonNode spec = manifests.get("ScaledObject", "-functions").path("spec");
        assertThat(spec.at("/scaleTargetRef/name").asText())
                .isEqualTo(Manifests.name(manifests.get("Deployment", "-functions")));
        assertThat(spec.path("minReplicaCount").asInt(-1)).isZero();
        assertThat(spec.path("maxReplicaCount").asInt()).isEqualTo(8);
        JsonNode trigger = spec.at("/triggers/0/metadata");
        assertThat(trigger.path("topic").asText()).isEqualTo(Topics.STEPS);
        assertThat(trigger.path("consumerGroup").asText()).isEqualTo(Topics.STEPS_GROUP);
        assertThat(trigger.path("offsetResetPolicy").asText())
                .isEqualTo(applicationProperty("mp.messaging.incoming.steps.auto.offset.reset"));
        trigger.forEach(value -> assertThat(value.isTextual()).isTrue());
    }

    @Test
    void noDeploymentHasReplicasBesideAnAutoscaler() throws IOException {
        Manifests keda = Chart.render(Chart.configuration("everything"));
        assertThat(keda.get("Deployment", "-functions").at("/spec/replicas").isMissingNode())
                .isTrue();
        assertThat(keda.has("HorizontalPodAutoscaler")).isTrue();
        assertThat(keda.get("Deployment", "-gateway").at("/spec/replicas").isMissingNode())
                .isTrue();
        Manifests fixed = Chart.render(Chart.configuration("cpu"));
        assertThat(fixed.has("ScaledObject")).isFalse();
        assertThat(fixed.has("HorizontalPodAutoscaler")).isFalse();
        assertThat(fixed.get("Deployment", "-functions").at("/spec/replicas").asInt())
                .isEqualTo(2);
        assertThat(fixed.get("Deployment", "-gateway").at("/spec/replicas").asInt())
                .isEqualTo(1);
    }

    @Test
    void aGpuReplicaAsksForItsGpuAndItsNodes() throws IOException {
        JsonNode pod = Chart.render(Chart.configuration("gpu"))
                .get("Deployment", "-functions")
                .at("/spec/template/spec");
        assertThat(pod.at("/containers/0/resources/limits/nvidia.com~1gpu").asInt())
                .isEqualTo(1);
        assertThat(pod.at("/nodeSelector/nvidia.com~1gpu.product").asText()).isEqualTo("NVIDIA-H100-80GB-HBM3");
        assertThat(pod.path("tolerations"))
                .extracting(each -> each.path("key").asText())
                .containsExactly("nvidia.com/gpu", "veilora.io/only");
        assertThat(pod.path("runtimeClassName").asText()).isEqualTo("nvidia");
        assertThat(pod.at("/volumes/0/ephemeral/volumeClaimTemplate/spec/storageClassName")
                        .asText())
                .isEqualTo("local-nvme");
    }

    @Test
    void aReplicaWithoutGpuNeitherAsksForOneNorLooksForIt() throws IOException {
        JsonNode pod = Chart.render(Chart.configuration("cpu"))
                .get("Deployment", "-functions")
                .at("/spec/template/spec");
        assertThat(pod.toString()).doesNotContain("nvidia");
        assertThat(Manifests.environment(pod))
                .anyMatch(variable -> variable.path("name").asText().equals("VEILORA_CUDA")
                        && variable.path("value").asText().equals("off"));
    }

    @Test
    void kedaLogsInToKafkaWithTheSameSecrets() throws IOException {
        Manifests manifests = Chart.render(Chart.configuration("sasl"));
        JsonNode trigger = manifests.get("ScaledObject", "").at("/spec/triggers/0");
        assertThat(trigger.at("/metadata/sasl").asText()).isEqualTo("scram_sha512");
        assertThat(trigger.at("/metadata/tls").asText()).isEqualTo("enable");
        JsonNode authentication = manifests.get("TriggerAuthentication", "-functions");
        assertThat(trigger.at("/authenticationRef/name").asText()).isEqualTo(Manifests.name(authentication));
        assertThat(authentication.at("/spec/secretTargetRef"))
                .extracting(each -> each.path("parameter").asText() + "="
                        + each.path("name").asText() + "/" + each.path("key").asText())
                .containsExactly("username=kafka-user/user", "password=kafka-user/pass", "ca=kafka-ca/ca.crt");
    }

    @Test
    void aPoolHasItsOwnTopicGroupAndMachines() throws IOException {
        Manifests manifests = Chart.render(Chart.configuration("pools"));
        JsonNode large = manifests.get("Deployment", "-functions-large").at("/spec/template/spec");
        JsonNode others = manifests.get("Deployment", "-functions").at("/spec/template/spec");
        assertThat(large.at("/nodeSelector/nvidia.com~1gpu.product").asText()).isEqualTo("NVIDIA-H100-80GB-HBM3");
        assertThat(others.at("/nodeSelector/nvidia.com~1gpu.product").asText()).isEqualTo("NVIDIA-L4");
        assertThat(value(large, "VEILORA_STEPS_POOL")).hasValue("large");
        assertThat(value(others, "VEILORA_STEPS_POOL")).isEmpty();
        JsonNode gateway = manifests.get("Deployment", "-gateway").at("/spec/template/spec");
        for (JsonNode pod : List.of(large, others, gateway)) {
            assertThat(value(pod, "VEILORA_POOLS_LARGE_MODELS")).hasValue("llama-8b,qwen3-14b");
        }
        JsonNode scaled = manifests.get("ScaledObject", "-functions-large").path("spec");
        assertThat(scaled.at("/scaleTargetRef/name").asText()).endsWith("-functions-large");
        assertThat(scaled.path("maxReplicaCount").asInt()).isEqualTo(2);
        assertThat(scaled.at("/triggers/0/metadata/topic").asText()).isEqualTo(TOPIC_OF_LARGE);
        assertThat(scaled.at("/triggers/0/metadata/consumerGroup").asText()).isEqualTo("veilora-step-function-large");
    }

    private static Optional<String> value(JsonNode pod, String variable) {
        return Manifests.environment(pod)
                .filter(each -> each.path("name").asText().equals(variable))
                .map(each -> each.path("value").asText())
                .findFirst();
    }

    static String applicationProperty(String name) throws IOException {
        try (InputStream file = Topics.class.getResourceAsStream("/application.properties")) {
            Properties properties = new Properties();
            properties.load(file);
            return properties.getProperty(name);
        }
    }
}
