package io.veilora.client.bundle;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.bundle.FileServer.Ranges;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.client.transport.ScriptedGateway;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.HintChunks;
import io.veilora.protocol.wire.HintCodec;
import io.veilora.protocol.wire.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The model digest does not cover the hints: a provider may serve wrong ones under the digest of another's model. */
@Timeout(30)
class ForgedHintsTest {
    private static OpenModel honest;

    @TempDir
    Path cache;

    @BeforeAll
    static void publish() throws IOException {
        honest = OpenModel.random(OpenModel.smallConfig(), 1);
    }

    /** The same weights with a bit of lm_head's forward hint changed; its manifest agrees with itself. */
    private static OpenModel forged(boolean digestsToo) throws IOException {
        ModelManifest manifest = honest.manifest();
        RemoteLayer head = manifest.layer(LayerId.LM_HEAD);
        Map<String, byte[]> files = new HashMap<>(honest.files());
        byte[] hint = files.get(head.forwardHint().path()).clone();
        hint[hint.length - 1] ^= 1;
        files.put(head.forwardHint().path(), hint);
        List<RemoteLayer> layers = manifest.layers().stream()
                .map(layer -> layer.id().equals(LayerId.LM_HEAD)
                        ? layer.withHints(stored(head.forwardHint().path(), hint), head.backwardHint())
                        : layer)
                .toList();
        Map<String, StoredFile> clientFiles = new HashMap<>(manifest.clientFiles());
        if (digestsToo) {
            byte[] digests = digests(manifest, files);
            files.put(ModelManifest.HINT_DIGESTS, digests);
            clientFiles.put(ModelManifest.HINT_DIGESTS, stored(ModelManifest.HINT_DIGESTS, digests));
        }
        ModelManifest changed = manifest.withHints(layers, clientFiles);
        changed.requireConsistent();
        assertThat(changed.modelDigest()).isEqualTo(manifest.modelDigest());
        return new OpenModel(changed, honest.weights(), files);
    }

    private static byte[] digests(ModelManifest manifest, Map<String, byte[]> files) {
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        for (RemoteLayer layer : manifest.layers()) {
            for (Direction direction : Direction.values()) {
                HintChunks chunks = manifest.hintChunks(layer, direction);
                digests.writeBytes(chunks.digests(
                        MemorySegment.ofArray(files.get(layer.hint(direction).path()))));
            }
        }
        return digests.toByteArray();
    }

    private static StoredFile stored(String path, byte[] bytes) {
        return new StoredFile(path, bytes.length, Sha256.hex(bytes));
    }

    /** Downloads all. @return the rows of lm_head's forward hint */
    private byte[] headOf(OpenModel provider) throws IOException {
        try (ScriptedGateway gateway =
                        ScriptedGateway.start(new FileServer(provider, provider.files(), Ranges.HONOURED));
                ProviderConnection connection =
                        new ProviderConnection(gateway.uri(), "vk", Duration.ofSeconds(2), ConnectionListener.SILENT);
                ModelBundle bundle =
                        new ModelDownload(connection, cache).open(provider.manifest(), (bytes, total) -> {})) {
            return rows(bundle);
        }
    }

    private static byte[] rows(io.veilora.client.linear.EncryptedLayers.Source source) {
        int rows = honest.manifest().layer(LayerId.LM_HEAD).outputFeatures();
        byte[] bytes = new byte[rows * HintCodec.rowBytes(honest.manifest().parameters())];
        source.hint(LayerId.LM_HEAD, Direction.FORWARD).read(0, rows, bytes);
        return bytes;
    }

    @Test
    void hintsOfOneProviderAreNotUsedWithAnotherWhoseHintsDiffer() throws IOException {
        byte[] wrong = headOf(forged(true));
        assertThat(wrong).isNotEqualTo(rows(honest));
        assertThat(headOf(honest)).isEqualTo(rows(honest));
        assertThat(headOf(forged(true))).isEqualTo(wrong);
    }

    @Test
    void aHintThatIsNotTheOneInTheDigestsIsNotKept() throws IOException {
        assertProblem(ProblemCode.CORRUPT_MODEL, () -> headOf(forged(false)))
                .contains("lm_head.forward.hint", "hints.sha256");
        try (var files = Files.walk(cache)) {
            assertThat(files.filter(file -> file.toString().contains("lm_head.forward")))
                    .isEmpty();
        }
        assertThat(headOf(honest)).isEqualTo(rows(honest));
    }
}
