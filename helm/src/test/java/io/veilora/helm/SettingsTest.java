package io.veilora.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import io.veilora.functions.ProviderConfig;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SettingsTest {
    /** Read by the engines themselves, before there is a configuration. */
    private static final String CUDA = "VEILORA_CUDA";

    static Stream<Path> configurations() throws IOException {
        return Chart.configurations();
    }

    /** The server does not start with a setting that it does not know. */
    @ParameterizedTest
    @MethodSource("configurations")
    void everyVariableOfOursIsASettingOfTheApplication(Path values) throws Exception {
        Set<String> known = known();
        assertThat(known).contains("VEILORA_ROLE", "VEILORA_S3_PATH_STYLE");
        List<String> set = Chart.render(values)
                .podSpecs()
                .flatMap(spec -> Manifests.environment(spec).map(variable -> variable.path("name")))
                .map(JsonNode::asText)
                .filter(name -> name.startsWith("VEILORA_") && !name.equals(CUDA))
                .distinct()
                .toList();
        assertThat(set).isNotEmpty().allSatisfy(name -> assertThat(known).anyMatch(name::matches));
    }

    /** As variables; a map's key is any word. The application is a folder of classes, or a jar once it is packaged. */
    private static Set<String> known() throws Exception {
        Path application = Path.of(ProviderConfig.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        if (Files.isDirectory(application)) {
            return known(application);
        }
        try (FileSystem jar = FileSystems.newFileSystem(application)) {
            return known(jar.getPath("/"));
        }
    }

    private static Set<String> known(Path classes) throws Exception {
        Set<String> known = new TreeSet<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(path -> path.toString().matches(".*(Config|Pools)\\.class"))
                    .toList()) {
                String name = classes.relativize(file)
                        .toString()
                        .replace(".class", "")
                        .replace('/', '.');
                Class<?> type = Class.forName(name);
                if (type.isAnnotationPresent(ConfigMapping.class)) {
                    ConfigMappings.getProperties(ConfigClass.configClass(type))
                            .keySet()
                            .forEach(property -> known.add(variable(property)));
                }
            }
        }
        return known;
    }

    private static String variable(String property) {
        return property.toUpperCase(Locale.ROOT)
                .replace("*", "@")
                .replaceAll("[^A-Z0-9@]", "_")
                .replace("@", "[A-Z0-9_]+");
    }
}
