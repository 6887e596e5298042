package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The committed kernels are those of the source beside them. */
class FatbinTest {
    private static final Path SOURCE = Path.of("src/main/cuda");
    private static final Path COMMITTED = Path.of("src/main/resources/io/veilora/runtime");

    @Test
    void the_fatbin_was_compiled_from_the_source_as_it_is_now() throws Exception {
        MessageDigest source = MessageDigest.getInstance("SHA-256");
        try (var files = Files.list(SOURCE)) {
            for (Path file : files.sorted().toList()) {
                source.update(Files.readAllBytes(file));
            }
        }
        byte[] fatbin = Files.readAllBytes(COMMITTED.resolve(CudaModule.FATBIN));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(fatbin);
        HexFormat hex = HexFormat.of();
        assertThat(Files.readAllLines(COMMITTED.resolve("veilora.fatbin.sha256"), StandardCharsets.US_ASCII))
                .as("after a change to the kernels: gpu-runtime/src/main/cuda/build")
                .isEqualTo(List.of(
                        hex.formatHex(source.digest()) + "  source", hex.formatHex(digest) + "  veilora.fatbin"));
    }

    @Test
    void the_fatbin_is_one_and_small() throws IOException {
        byte[] fatbin = Files.readAllBytes(COMMITTED.resolve(CudaModule.FATBIN));
        assertThat(ByteBuffer.wrap(fatbin).order(ByteOrder.LITTLE_ENDIAN).getInt())
                .isEqualTo(0xBA55ED50);
        assertThat(fatbin.length).isLessThan(256 << 10);
    }
}
