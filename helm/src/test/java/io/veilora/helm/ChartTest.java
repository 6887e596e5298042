package io.veilora.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for the chart in every configuration of its folder {@code ci}. */
class ChartTest {
    static Stream<Path> configurations() throws IOException {
        return Chart.configurations();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void helmFindsNothingToComplainOf(Path values, @TempDir Path copy) throws IOException {
        LintResult result = Chart.lint(values, copy.resolve("veilora"));
        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
        assertThat(result.getMessages()).noneMatch(message -> message.contains("[WARNING]"));
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void everyFieldIsOneOfTheKubernetesApi(Path values) throws IOException {
        for (JsonNode object : Chart.render(values).objects()) {
            assertThat(ApiTypes.unknownFields(object))
                    .as("%s %s", object.path("kind"), Manifests.name(object))
                    .isEmpty();
        }
    }

    @Test
    void aMisspeltFieldWouldBeFound() throws IOException {
        Manifests manifests = Chart.render(Chart.configuration("sasl"));
        JsonNode deployment = manifests.get("Deployment", "-functions");
        ((ObjectNode) deployment.at("/spec/template/spec/containers/0")).put("imagePullPolice", "Always");
        assertThat(ApiTypes.unknownFields(deployment))
                .containsExactly("/Spec/Template/Spec/Containers/*/imagePullPolice");
        JsonNode scaled = manifests.get("ScaledObject", "");
        ((ObjectNode) scaled.at("/spec/triggers/0/metadata")).put("lagTreshold", "1");
        assertThat(ApiTypes.unknownFields(scaled)).containsExactly("/spec/triggers/*/metadata/lagTreshold");
        ((ObjectNode) deployment).put("apiVersion", "apps/v7");
        assertThat(ApiTypes.unknownFields(deployment)).containsExactly("kind Deployment of apps/v7");
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void namesAreUniqueAndObjectsBearTheirLabels(Path values) throws IOException {
        Manifests manifests = Chart.render(values);
        assertThat(manifests.names()).doesNotHaveDuplicates();
        for (JsonNode object : manifests.objects()) {
            assertThat(object.at("/metadata/labels/app.kubernetes.io~1instance").asText())
                    .as(Manifests.name(object))
                    .isEqualTo(Chart.RELEASE);
            assertThat(Manifests.name(object)).hasSizeLessThanOrEqualTo(63).matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void everySelectorFindsThePodsThatItIsMeantFor(Path values) throws IOException {
        Manifests manifests = Chart.render(values);
        List<JsonNode> podLabels = manifests.objects().stream()
                .map(object -> object.at("/spec/template/metadata/labels"))
                .filter(JsonNode::isObject)
                .toList();
        for (JsonNode object : manifests.objects()) {
            for (String pointer :
                    List.of("/spec/selector/matchLabels", "/spec/podSelector/matchLabels", "/spec/selector")) {
                JsonNode selector = object.at(pointer);
                if (!selector.isObject()
                        || selector.has("matchLabels")
                        || object.path("kind").asText().equals("ServiceMonitor")) {
                    continue;
                }
                assertThat(podLabels)
                        .as("%s %s", object.path("kind"), Manifests.name(object))
                        .filteredOn(labels -> selector.properties().stream()
                                .allMatch(label -> label.getValue().equals(labels.get(label.getKey()))))
                        .isNotEmpty();
            }
        }
    }
}
