package io.veilora.helm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The chart as Helm sees it: linted and rendered by the real Helm, with values from a file. */
final class Chart {
    static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    static final Path FOLDER = Path.of("veilora");
    static final String RELEASE = "tuning";
    private static final String KUBERNETES = "1.31.0";
    static final String NAMESPACE = "veilora-system";

    private Chart() {}

    /** The values that the chart is tested with, by name. */
    static Stream<Path> configurations() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER.resolve("ci"))) {
            return files.sorted().toList().stream();
        }
    }

    static Path configuration(String name) {
        return FOLDER.resolve("ci").resolve(name + "-values.yaml");
    }

    /** @throws RuntimeException with Helm's words if it refuses the values */
    static Manifests render(Path values) throws IOException {
        return render(List.of(values));
    }

    /** Later files come before earlier ones. */
    static Manifests render(List<Path> values) throws IOException {
        var template = new Helm(FOLDER)
                .template()
                .withName(RELEASE)
                .withNamespace(NAMESPACE)
                .withKubeVersion(KUBERNETES);
        values.forEach(template::withValuesFile);
        return Manifests.parse(template.call());
    }

    /** Lints a copy whose default values are {@code values} over the chart's. */
    static LintResult lint(Path values, Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(FOLDER.relativize(file).toString()));
            }
        }
        JsonNode merged = YAML.readerForUpdating(defaults()).readTree(Files.readString(values));
        YAML.writeValue(copy.resolve("values.yaml").toFile(), merged);
        return new Helm(copy).lint().strict().call();
    }

    static JsonNode defaults() throws IOException {
        return YAML.readTree(FOLDER.resolve("values.yaml").toFile());
    }
}
