package io.veilora.protocol.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.wire.Blake3;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class VectorApiTest {
    /** What {@link HashInAnyJvm} prints in a JVM with these flags. */
    private static String hash(String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), HashInAnyJvm.class.getName()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD) // "WARNING: Using incubator modules"
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return printed.strip();
    }

    private static String twice() {
        try (Arena arena = Arena.ofShared()) {
            String digest = HexFormat.of().formatHex(Blake3.of(arena.allocate(HashInAnyJvm.BYTES)));
            return digest + " " + digest;
        }
    }

    @Test
    void aJvmStartedWithItHasIt() throws Exception {
        assertThat(hash("--add-modules", VectorApi.MODULE)).isEqualTo("true true " + twice());
    }

    @Test
    void aJvmStartedWithoutItGetsItWhileItRuns() throws Exception {
        assertThat(hash("--add-exports", "java.base/jdk.internal.module=ALL-UNNAMED"))
                .isEqualTo("false true " + twice());
    }

    @Test
    void aRehearsalCanDoWithoutIt() throws Exception {
        assertThat(hash("--add-modules", VectorApi.MODULE, "-Dio.veilora.vectorApi=off"))
                .isEqualTo("true false " + twice());
    }

    @Test
    void whereTheWayThereIsClosedTheAnswerIsNoAndDigestsAreTheSame() throws Exception {
        assertThat(hash()).isEqualTo("false false " + twice());
    }
}
