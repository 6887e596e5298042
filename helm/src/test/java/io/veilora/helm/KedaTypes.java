package io.veilora.helm;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;

/**
 * The fields of KEDA's types that we may use (keda.sh/docs/2.17: ScaledObject specification, TriggerAuthentication, Apache
 * Kafka scaler), by the path of the object that has them; {@code *} stands for a list's items. No Java library has these types.
 */
final class KedaTypes {
    private static final String BEHAVIOR = "/spec/advanced/horizontalPodAutoscalerConfig/behavior";

    /** Every field, as the documentation names it. */
    private static final Set<String> FIELDS = Set.of(
            "/apiVersion",
            "/kind",
            "/spec/scaleTargetRef/apiVersion",
            "/spec/scaleTargetRef/kind",
            "/spec/scaleTargetRef/name",
            "/spec/scaleTargetRef/envSourceContainerName",
            "/spec/pollingInterval",
            "/spec/cooldownPeriod",
            "/spec/initialCooldownPeriod",
            "/spec/idleReplicaCount",
            "/spec/minReplicaCount",
            "/spec/maxReplicaCount",
            "/spec/fallback/failureThreshold",
            "/spec/fallback/replicas",
            "/spec/advanced/restoreToOriginalReplicaCount",
            BEHAVIOR + "/scaleDown/stabilizationWindowSeconds",
            BEHAVIOR + "/scaleDown/policies/*/type",
            BEHAVIOR + "/scaleDown/policies/*/value",
            BEHAVIOR + "/scaleDown/policies/*/periodSeconds",
            "/spec/triggers/*/type",
            "/spec/triggers/*/name",
            "/spec/triggers/*/metricType",
            "/spec/triggers/*/authenticationRef/name",
            "/spec/triggers/*/authenticationRef/kind",
            "/spec/triggers/*/metadata/bootstrapServers",
            "/spec/triggers/*/metadata/consumerGroup",
            "/spec/triggers/*/metadata/topic",
            "/spec/triggers/*/metadata/lagThreshold",
            "/spec/triggers/*/metadata/activationLagThreshold",
            "/spec/triggers/*/metadata/offsetResetPolicy",
            "/spec/triggers/*/metadata/allowIdleConsumers",
            "/spec/triggers/*/metadata/scaleToZeroOnInvalidOffset",
            "/spec/triggers/*/metadata/excludePersistentLag",
            "/spec/triggers/*/metadata/limitToPartitionsWithLag",
            "/spec/triggers/*/metadata/version",
            "/spec/triggers/*/metadata/partitionLimitation",
            "/spec/triggers/*/metadata/sasl",
            "/spec/triggers/*/metadata/tls",
            "/spec/triggers/*/metadata/unsafeSsl",
            "/spec/secretTargetRef/*/parameter",
            "/spec/secretTargetRef/*/name",
            "/spec/secretTargetRef/*/key");

    private KedaTypes() {}

    static void unknownFields(JsonNode object, List<String> unknown) {
        object.properties().stream()
                .filter(field -> !field.getKey().equals("metadata"))
                .forEach(field -> walk(field.getValue(), "/" + field.getKey(), unknown));
    }

    private static void walk(JsonNode value, String path, List<String> unknown) {
        if (value.isObject()) {
            value.properties().forEach(field -> walk(field.getValue(), path + "/" + field.getKey(), unknown));
        } else if (value.isArray()) {
            value.forEach(item -> walk(item, path + "/*", unknown));
        } else if (!FIELDS.contains(path)) {
            unknown.add(path);
        }
    }
}
