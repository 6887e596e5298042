package io.veilora.client.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.problem.PermanentException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several messages in one pass over the public matrix. */
class WindowEncryptionTest {
    private static final String DIGEST = "ab".repeat(32);

    private static float[] gaussian(int count) {
        Random random = new Random(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static TransformedRows rows(LatticeParameters parameters, int features) {
        return TransformedRows.of(PublicMatrix.of(parameters, DIGEST, 1), features, new TransformBudget(1 << 26));
    }

    private static TransformedRows unreadableRows() {
        HintRows unreadable = new HintRows() {
            @Override
            public int window() {
                return 8;
            }

            @Override
            public void load(int first, int count) {}

            @Override
            public void read(int first, int count, byte[] out) {
                throw new IllegalStateException("unreadable");
            }

            @Override
            public void release() {}

            @Override
            public void prefetch() {}
        };
        return TransformedRows.ofHint(unreadable, LatticeParameters.MLWE_256x5, 8, new TransformBudget(0));
    }

    @ParameterizedTest
    @EnumSource
    void aWindowHasTheBytesThatItsMessagesHaveAlone(LatticeParameters parameters) {
        List<TokenRange> window = List.of(
                new TokenRange(3, 256), new TokenRange(259, 256), new TokenRange(515, 300), new TokenRange(815, 1));
        for (int features : new int[] {1, 8, 33, 67, 128}) {
            float[] x = gaussian(816 * features);
            MlweCipher repeatable = InsecureSecretWatch.cipher(rows(parameters, features), DIGEST);
            for (float[] scales : new float[][] {null, gaussian(features)}) {
                var step = new TokenQuantizer.Step("test", features, 300, scales);
                List<MlweCipher.Encryption> together = repeatable.encrypt(step, x, window);
                assertThat(together).hasSameSizeAs(window);
                for (int i = 0; i < window.size(); i++) {
                    TokenRange tokens = window.get(i);
                    var alone = repeatable.encrypt(step, x, tokens.first(), tokens.count());
                    assertThat(together.get(i).wire())
                            .as("%d features, message %d", features, i)
                            .isEqualTo(alone.wire());
                    assertThat(together.get(i).pending().tokens()).isEqualTo(tokens.count());
                }
            }
        }
    }

    @Test
    void equalMessagesOfAWindowAreEncryptedUnderSecretsOfTheirOwn() {
        int features = 24;
        MlweCipher cipher =
                new MlweCipher(LatticeParameters.MLWE_256x5, rows(LatticeParameters.MLWE_256x5, features), DIGEST);
        var step = new TokenQuantizer.Step("test", features, 300, null);
        List<TokenRange> twice = List.of(new TokenRange(0, 256), new TokenRange(0, 256));
        List<MlweCipher.Encryption> equal = cipher.encrypt(step, gaussian(256 * features), twice);
        byte[] first = equal.getFirst().wire();
        byte[] second = equal.getLast().wire();
        int same = 0;
        for (int i = 64; i < first.length; i++) {
            same += first[i] == second[i] ? 1 : 0;
        }
        assertThat(same).isLessThan(first.length / 256 * 3 / 2); // one byte in 256 agrees by chance
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anEncryptionThatFailsAfterItsSecretsWereDrawnWipesThem(int messages, @TempDir Path folder) {
        PublicMatrix matrix = PublicMatrix.of(LatticeParameters.MLWE_256x5, DIGEST, 1);
        InsecureSecretWatch watch = new InsecureSecretWatch(folder, matrix, DIGEST, 8);
        var step = new TokenQuantizer.Step("test", 8, 100, null);
        float[] x = gaussian(messages * 256 * 8);
        List<TokenRange> window = IntStream.range(0, messages)
                .mapToObj(i -> new TokenRange(i * 256, 256))
                .toList();
        window.forEach(tokens -> watch.watch(step, x, tokens.first(), tokens.count()));
        MlweCipher failing = InsecureSecretWatch.cipher(unreadableRows(), DIGEST);
        assertThatThrownBy(() -> failing.encrypt(step, x, window)).hasStackTraceContaining("unreadable");
        assertThat(watch.found()).isZero();
    }

    @Test
    void aNanInTheLastMessageIsFoundBeforeTheFirstIsEncrypted() {
        MlweCipher cipher = InsecureSecretWatch.cipher(unreadableRows(), DIGEST);
        var step = new TokenQuantizer.Step("blocks.1.qkv forward", 8, 100, null);
        float[] x = gaussian(512 * 8);
        x[511 * 8] = Float.NaN;
        List<TokenRange> window = List.of(new TokenRange(0, 256), new TokenRange(256, 256));
        assertThatThrownBy(() -> cipher.encrypt(step, x, window))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("blocks.1.qkv forward");
    }
}
