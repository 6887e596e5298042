package io.veilora.client.bundle;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.veilora.client.OpenModel;
import io.veilora.client.bundle.FileServer.Ranges;
import io.veilora.client.crypto.HintRows;
import io.veilora.client.linear.EncryptedLayers;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.client.transport.ScriptedGateway;
import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.wire.HintCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HintStreamTest {
    private static final HintId HEAD = new HintId(LayerId.LM_HEAD, Direction.FORWARD);
    private static final HintId HEAD_BACK = new HintId(LayerId.LM_HEAD, Direction.BACKWARD);
    private static final String HEAD_FILE = "layers/lm_head.forward.hint";
    private static final int VOCABULARY = 3000; // lm_head's hint: 12 chunks, three windows

    private static OpenModel model;

    @TempDir
    Path cache;

    @BeforeAll
    static void publish() throws IOException {
        model = OpenModel.random(new LlamaConfig(VOCABULARY, 16, 23, 1, 4, 2, 6, 1e-5, 10000, 64, false), 1);
    }

    /** What to do with a bundle that keeps no hints. */
    private interface Use {
        void with(ModelBundle bundle) throws IOException;
    }

    /** With room for two windows, far less than the hints of {@link #model}. */
    private void streaming(Reply provider, Use use) throws IOException {
        streaming(provider, 1, use);
    }

    private void streaming(Reply provider, long bufferBytes, Use use) throws IOException {
        try (ScriptedGateway gateway = ScriptedGateway.start(provider);
                ProviderConnection connection =
                        new ProviderConnection(gateway.uri(), "vk", Duration.ofSeconds(2), ConnectionListener.SILENT)) {
            ModelDownload download = new ModelDownload(connection, cache, bufferBytes);
            HintPlan plan = download.plan(model.manifest(), OptionalLong.of(0));
            try (ModelBundle bundle = download.open(model.manifest(), plan, (bytes, total) -> {})) {
                use.with(bundle);
            }
        }
    }

    private static byte[] readAll(HintRows hint, int rows) {
        int rowBytes = HintCodec.rowBytes(model.manifest().parameters());
        byte[] all = new byte[rows * rowBytes];
        for (int first = 0; first < rows; first += hint.window()) {
            int count = Math.min(hint.window(), rows - first);
            hint.load(first, count);
            for (int row = first; row < first + count; row += 8) {
                int some = Math.min(8, first + count - row);
                byte[] packed = new byte[some * rowBytes];
                hint.read(row, some, packed);
                System.arraycopy(packed, 0, all, row * rowBytes, packed.length);
            }
        }
        return all;
    }

    private static byte[] readAll(ModelBundle bundle, HintId id) {
        HintRows hint = bundle.hint(id.layer(), id.direction());
        hint.prefetch();
        return readAll(hint, model.manifest().layer(id.layer()).answerFeatures(id.direction()));
    }

    private static byte[] expected(HintId id) {
        HintRows hint = model.hint(id.layer(), id.direction());
        return readAll(hint, model.manifest().layer(id.layer()).answerFeatures(id.direction()));
    }

    @Test
    void everyHintIsStreamedWholeAndNothingOfItLandsOnTheDisk() throws IOException {
        streaming(FileServer.of(model), bundle -> {
            long bytes = 0;
            for (HintId id : HintId.all(model.manifest())) {
                assertThat(readAll(bundle, id)).as("%s", id).isEqualTo(expected(id));
                bytes += expected(id).length;
            }
            assertThat(bundle.streamedHintBytes()).isEqualTo(bytes);
            assertThat(bundle.keptHintBytes()).isZero();
            StepCosts costs = new EncryptedLayers(model.manifest(), bundle, request -> null).costs();
            assertThat(costs.totals().streamedHintBytes()).isEqualTo(bytes);
            for (HintId id : HintId.all(model.manifest())) {
                assertThat(readAll(bundle, id)).as("%s again", id).isEqualTo(expected(id));
            }
            // Now hints are fetched ahead: a chunk more or less, but none twice.
            assertThat(bundle.streamedHintBytes()).isBetween(19 * bytes / 10, 25 * bytes / 10);
        });
        try (var files = Files.walk(cache)) {
            assertThat(files.filter(file -> file.toString().contains(".hint"))).isEmpty();
        }
    }

    @Test
    void theHintThatCameNextTheLastTimeIsFetchedAhead() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch askedAgain = new CountDownLatch(2);
        FileServer server = FileServer.of(model);
        Reply counting = exchange -> {
            if (isFor(exchange, HEAD_BACK.file(model.manifest()).path())) {
                asked.incrementAndGet();
                askedAgain.countDown();
            }
            server.answer(exchange);
        };
        streaming(counting, bundle -> {
            readAll(bundle, HEAD);
            readAll(bundle, HEAD_BACK);
            assertThat(asked).hasValue(1);
            readAll(bundle, HEAD); // its last windows leave room for what follows
            assertThat(isDown(askedAgain, 10_000)).isTrue();
            assertThat(readAll(bundle, HEAD_BACK)).isEqualTo(expected(HEAD_BACK));
            assertThat(asked).as("it was there").hasValue(2);
        });
    }

    private static boolean isDown(CountDownLatch latch, int milliseconds) {
        try {
            return latch.await(milliseconds, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isFor(HttpExchange exchange, String file) {
        return exchange.getRequestURI().getPath().endsWith("/files/" + file);
    }

    @Test
    void noMoreIsFetchedAheadThanTheBufferHolds() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        FileServer server = FileServer.of(model);
        Reply counting = exchange -> {
            asked.addAndGet(isFor(exchange, HEAD_FILE) ? 1 : 0);
            server.answer(exchange);
        };
        streaming(counting, bundle -> {
            HintRows rows = bundle.hint(HEAD.layer(), HEAD.direction());
            rows.load(0, rows.window());
            assertThat(isDown(new CountDownLatch(1), 300)).isFalse(); // time enough to ask for more
            assertThat(asked).as("two windows of four chunks, of twelve").hasValue(8);
        });
    }

    @Test
    void aChunkWithAWrongDigestIsNeverHandedOut() throws IOException {
        Map<String, byte[]> damaged = new HashMap<>(model.files());
        byte[] hint = damaged.get(HEAD_FILE).clone();
        hint[hint.length - 1] ^= 1; // in the last chunk
        damaged.put(HEAD_FILE, hint);
        streaming(new FileServer(model, damaged, Ranges.HONOURED), bundle -> {
            HintRows rows = bundle.hint(HEAD.layer(), HEAD.direction());
            rows.load(0, rows.window());
            int last = VOCABULARY / rows.window() * rows.window();
            assertProblem(ProblemCode.CORRUPT_MODEL, () -> rows.load(last, VOCABULARY - last))
                    .contains("model 'open'", HEAD_FILE, "digest", "bytes ");
            assertThat(readAll(bundle, HEAD_BACK)).isEqualTo(expected(HEAD_BACK));
        });
    }

    @Test
    void digestsThatAreNotTheManifestsAreRefusedBeforeAnyHint() {
        Map<String, byte[]> damaged = new HashMap<>(model.files());
        damaged.put("hints.sha256", new byte[damaged.get("hints.sha256").length]);
        assertProblem(
                        ProblemCode.CORRUPT_MODEL,
                        () -> streaming(new FileServer(model, damaged, Ranges.HONOURED), bundle -> {}))
                .contains("hints.sha256");
    }

    @Test
    void aProviderThatIgnoresRangesCannotBeStreamedFrom() throws IOException {
        streaming(new FileServer(model, model.files(), Ranges.IGNORED), bundle -> {
            HintRows rows = bundle.hint(HEAD.layer(), HEAD.direction());
            assertProblem(ProblemCode.INVALID_ANSWER, () -> rows.load(0, rows.window()))
                    .contains(HEAD_FILE, "got the whole file", "--hint-quota");
        });
    }

    @Test
    void aRangeThatIsCutOffIsAskedForAgain() throws IOException {
        FileServer right = FileServer.of(model);
        FileServer truncating = new FileServer(model, model.files(), Ranges.TRUNCATED);
        AtomicInteger requests = new AtomicInteger();
        Reply cutsSome = exchange -> {
            boolean cuts = isFor(exchange, HEAD_FILE) && requests.getAndIncrement() % 3 == 0;
            (cuts ? truncating : right).answer(exchange);
        };
        streaming(cutsSome, bundle -> assertThat(readAll(bundle, HEAD)).isEqualTo(expected(HEAD)));
    }

    @Test
    void anotherRangeThanTheOneAskedForIsRefused() throws IOException {
        FileServer right = FileServer.of(model);
        FileServer shifted = new FileServer(model, model.files(), Ranges.SHIFTED);
        Reply shiftsHints = exchange -> (isFor(exchange, HEAD_FILE) ? shifted : right).answer(exchange);
        streaming(shiftsHints, bundle -> {
            HintRows rows = bundle.hint(HEAD.layer(), HEAD.direction());
            assertProblem(ProblemCode.INVALID_ANSWER, () -> rows.load(0, rows.window()))
                    .contains("got the range");
        });
    }

    @Test
    void aStreamThatFailedOnceWorksWhenItsProviderDoesAgain() throws IOException {
        FileServer right = FileServer.of(model);
        boolean[] broken = {true};
        Reply breaks = exchange -> {
            if (isFor(exchange, HEAD_FILE) && broken[0]) {
                ScriptedGateway.status(503, "text/plain", new byte[0]).answer(exchange);
            } else {
                right.answer(exchange);
            }
        };
        streaming(breaks, bundle -> {
            HintRows rows = bundle.hint(HEAD.layer(), HEAD.direction());
            assertThatThrownBy(() -> rows.load(0, rows.window()))
                    .isInstanceOf(RetriableException.class)
                    .hasMessageContaining("503");
            broken[0] = false;
            assertThat(readAll(bundle, HEAD)).isEqualTo(expected(HEAD));
        });
    }

    @Test
    void rowsOfAClosedModelAreAnError() throws IOException {
        HintRows[] rows = new HintRows[1];
        streaming(FileServer.of(model), bundle -> rows[0] = bundle.hint(HEAD.layer(), HEAD.direction()));
        assertThatThrownBy(() -> rows[0].load(0, rows[0].window())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSmallerQuotaDeletesHintsAndALargerOneFetchesOnlyWhatIsMissing() throws IOException {
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model));
                ProviderConnection connection =
                        new ProviderConnection(gateway.uri(), "vk", Duration.ofSeconds(2), ConnectionListener.SILENT)) {
            ModelDownload download = new ModelDownload(connection, cache);
            for (long quota : List.of(Long.MAX_VALUE, 500_000L, Long.MAX_VALUE, 0L)) {
                HintPlan plan = download.plan(model.manifest(), OptionalLong.of(quota));
                int before = gateway.received().size();
                download.open(model.manifest(), plan, (bytes, total) -> {}).close();
                assertThat(hintsOnDisk()).isEqualTo(plan.keptBytes());
                assertThat(gateway.received().size() - before == 0).isEqualTo(plan.missingBytes() == 0);
            }
        }
    }

    private long hintsOnDisk() throws IOException {
        long bytes = 0;
        try (var files = Files.walk(cache)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".hint")).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
