package io.veilora.functions.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.problem.DiskFull;
import io.veilora.protocol.problem.ProblemCode;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class StoreFailureTest {
    @Test
    void aFullDiskIsTheRetriableProblemStoreFull() throws IOException {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full), "no /dev/full here");
        try (FileOutputStream out = new FileOutputStream(full.toFile())) {
            assertThatThrownBy(() -> out.write(1)).isInstanceOfSatisfying(IOException.class, failure -> {
                assertThat(DiskFull.isCauseOf(failure)).isTrue();
                assertThat(StoreFailure.problem(failure).code()).isEqualTo(ProblemCode.STORE_FULL);
                assertThat(StoreFailure.problem(failure).retriable()).isTrue();
            });
        }
        assertThat(StoreFailure.problem(new IOException("reset")).code()).isEqualTo(ProblemCode.UNAVAILABLE);
    }
}
