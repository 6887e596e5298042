package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The committed kernels are those of the source beside them. */
class FatbinTest {
    private static final Path SOURCE = Path.of("src/main/cuda");
    private static final Path COMMITTED = Path.of("src/main/resources/io/veilora/runtime");

    @Test
    void the_fatbin_was_compiled_from_the_source_as_it_is_now() throws IOException {
        Committed.assertMadeFrom(
                SOURCE, COMMITTED.resolve(CudaModule.FATBIN), COMMITTED.resolve("veilora.fatbin.sha256"));
    }

    @Test
    void the_fatbin_is_one_and_small() throws IOException {
        byte[] fatbin = Files.readAllBytes(COMMITTED.resolve(CudaModule.FATBIN));
        assertThat(ByteBuffer.wrap(fatbin).order(ByteOrder.LITTLE_ENDIAN).getInt())
                .isEqualTo(0xBA55ED50);
        assertThat(fatbin.length).isLessThan(256 << 10);
    }
}
