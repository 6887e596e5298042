package io.veilora.client.transport;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.bundle.ModelDownload;
import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.client.transport.StepTransport.StepRequest;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A provider that sends on and on: the client hangs up, and never holds more than the request can have for an answer. */
@Timeout(60)
class BoundedBodiesTest {
    /** What the sockets of both sides may hold that nobody has read. */
    private static final long SOCKET_BUFFERS = 16L << 20;

    private static final long ENDLESS = 1L << 30;
    private static final LayerId LAYER = LayerId.parse("blocks.0.o");

    private static OpenModel model;

    private final AtomicLong sent = new AtomicLong();

    @TempDir
    Path cache;

    @BeforeAll
    static void publish() throws IOException {
        model = OpenModel.random(OpenModel.smallConfig(), 1);
    }

    /** Counts in {@link #sent} what it could send before the client hung up. */
    private Reply endless(int status) {
        return exchange -> {
            exchange.sendResponseHeaders(status, 0);
            byte[] piece = new byte[1 << 16];
            try (OutputStream out = exchange.getResponseBody()) {
                while (sent.get() < ENDLESS) {
                    out.write(piece);
                    sent.addAndGet(piece.length);
                }
            }
        };
    }

    private static byte[] tensor(AnswerBits bits, int features) {
        byte[] payload = new byte[256 * features * bits.bytes()];
        return new EncryptedTensor(LatticeParameters.MLWE_256x5, bits, 256, features, MemorySegment.ofArray(payload))
                .toBytes();
    }

    private static int features(Direction direction) {
        return model.manifest().layer(LAYER).answerFeatures(direction);
    }

    private static StepAnswer forward(ScriptedGateway gateway) {
        StepRequest request = new StepRequest(
                UUID.randomUUID(),
                LAYER,
                Direction.FORWARD,
                AnswerBits.BITS_16,
                tensor(AnswerBits.BITS_32, features(Direction.BACKWARD)));
        try (ProviderConnection connection = connection(gateway)) {
            return ProviderConnection.await(new HttpStepTransport(connection, model.manifest()).send(request));
        }
    }

    private static ProviderConnection connection(ScriptedGateway gateway) {
        return new ProviderConnection(gateway.uri(), "vk", Duration.ofSeconds(5), ConnectionListener.SILENT);
    }

    @Test
    void anAnswerOfTheExactSizeIsTaken() {
        byte[] answer = tensor(AnswerBits.BITS_16, features(Direction.FORWARD));
        try (ScriptedGateway gateway = ScriptedGateway.start(ScriptedGateway.ok(answer))) {
            assertThat(forward(gateway).tensor().toBytes()).isEqualTo(answer);
        }
    }

    @Test
    void anAnswerOfOneFeatureMoreIsRefusedWithoutAnotherAttempt() {
        byte[] longer = tensor(AnswerBits.BITS_16, features(Direction.FORWARD) + 1);
        try (ScriptedGateway gateway = ScriptedGateway.start(ScriptedGateway.ok(longer))) {
            assertProblem(ProblemCode.INVALID_ANSWER, () -> forward(gateway)).contains("longer", "Remedy");
            assertThat(gateway.received()).hasSize(1);
        }
    }

    @Test
    void anEndlessAnswerIsGivenUp() {
        try (ScriptedGateway gateway = ScriptedGateway.start(endless(200))) {
            assertProblem(ProblemCode.INVALID_ANSWER, () -> forward(gateway)).contains("longer");
            assertThat(gateway.received()).hasSize(1);
        }
        assertThat(sent.get()).isLessThan(SOCKET_BUFFERS);
    }

    @Test
    void anEndlessManifestIsGivenUpAtItsLimit() {
        try (ScriptedGateway gateway = ScriptedGateway.start(endless(200));
                ProviderConnection connection = connection(gateway)) {
            assertProblem(ProblemCode.INVALID_ANSWER, () -> new ModelDownload(connection, cache).manifest("open"))
                    .contains("ModelManifest of more than 16777216 bytes", "Remedy");
            assertThat(gateway.received()).hasSize(1);
        }
        assertThat(sent.get()).isBetween(16L << 20, (16L << 20) + SOCKET_BUFFERS);
    }

    @Test
    void anEndlessErrorIsAnErrorWithoutADescription() {
        try (ScriptedGateway gateway = ScriptedGateway.start(endless(404))) {
            assertProblem(ProblemCode.INVALID_REQUEST, () -> forward(gateway))
                    .contains("HTTP status 404", "more than 65536 bytes");
        }
        assertThat(sent.get()).isLessThan(SOCKET_BUFFERS);
    }
}
