package io.veilora.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.lattice.LatticeParameters;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HintChunksTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 255, 256, 257, 512, 700})
    void chunksCoverEveryRowOnceAndEachHasItsOwnDigest(int rows) {
        LatticeParameters parameters = LatticeParameters.MLWE_256x5;
        byte[] file = new byte[(int) HintCodec.fileBytes(parameters, rows)];
        new Random(rows).nextBytes(file);
        HintChunks chunks = new HintChunks(parameters, rows);
        byte[] digests = chunks.digests(MemorySegment.ofArray(file));
        assertThat(digests).hasSize(32 * chunks.count());
        long end = HintCodec.HEADER_BYTES;
        for (int chunk = 0; chunk < chunks.count(); chunk++) {
            assertThat(chunks.offset(chunk)).isEqualTo(end);
            end += chunks.bytes(chunk);
            byte[] bytes = Arrays.copyOfRange(file, (int) chunks.offset(chunk), (int) end);
            assertThat(Arrays.copyOfRange(digests, 32 * chunk, 32 * chunk + 32)).isEqualTo(Sha256.of(bytes));
        }
        assertThat(end).isEqualTo(file.length);
    }
}
