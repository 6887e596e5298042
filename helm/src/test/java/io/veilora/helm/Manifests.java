package io.veilora.helm;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;

/** What the chart renders to, an object a document. */
record Manifests(List<JsonNode> objects) {
    static Manifests parse(String yaml) throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        try (var documents = Chart.YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            documents.forEachRemaining(document -> {
                if (document != null && !document.isEmpty()) {
                    objects.add(document);
                }
            });
        }
        return new Manifests(objects);
    }

    Stream<JsonNode> ofKind(String kind) {
        return objects.stream().filter(object -> kind.equals(object.path("kind").asText()));
    }

    /** The object of that kind whose name ends so. */
    JsonNode get(String kind, String suffix) {
        return ofKind(kind)
                .filter(object -> name(object).endsWith(suffix))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException(kind + " *" + suffix + " among " + names()));
    }

    boolean has(String kind) {
        return ofKind(kind).findAny().isPresent();
    }

    /** The pod templates, of deployments and jobs. */
    Stream<JsonNode> podSpecs() {
        return objects.stream().map(object -> object.at("/spec/template/spec")).filter(JsonNode::isObject);
    }

    /** The environment of a container, in its order. */
    static Stream<JsonNode> environment(JsonNode podSpec) {
        return podSpec.path("containers").get(0).path("env").valueStream();
    }

    static String name(JsonNode object) {
        return object.at("/metadata/name").asText();
    }

    List<String> names() {
        return objects.stream()
                .map(object -> object.path("kind").asText() + "/" + name(object))
                .toList();
    }
}
