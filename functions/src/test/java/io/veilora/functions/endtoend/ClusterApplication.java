package io.veilora.functions.endtoend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The packaged application as the cluster's image has it: without the embedded broker's jars. */
final class ClusterApplication {
    private static final Path WHOLE = Path.of("target/quarkus-app");
    private static final Path WITHOUT = Path.of("../src/docker/embedded-broker-jars");

    private ClusterApplication() {}

    /** Links it into {@code folder}. @return the jar to run */
    static Path linkTo(Path folder) throws IOException {
        List<String> without = Files.readAllLines(WITHOUT);
        try (Stream<Path> files = Files.walk(WHOLE)) {
            for (Path file : files.toList()) {
                Path target = folder.resolve(WHOLE.relativize(file));
                String name = file.getFileName().toString();
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (without.stream().noneMatch(name::startsWith)) {
                    ImportedSample.link(file, target);
                }
            }
        }
        return folder.resolve("quarkus-run.jar");
    }
}
