package io.veilora.functions.model;

import io.veilora.functions.model.ImportProgress.Done;
import io.veilora.functions.model.ImportProgress.Stage;
import io.veilora.functions.model.LayerQuantizer.Quantized;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.model.ModelSize;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ResidentWeights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The work on a draft: int8 weights of all layers, then their hints; what is finished already is taken over. */
final class LayerImport {
    private static final long HINT_BUDGET_BYTES = 128L << 20;

    private final ModelDraft draft;
    private final Path folder;
    private final FinishedParts finished;
    private final ImportProgress progress;

    LayerImport(ModelDraft draft, FinishedParts finished, ImportProgress progress) {
        this.draft = draft;
        this.folder = draft.folder();
        this.finished = finished;
        this.progress = progress;
    }

    /** Everything but the hints, whose public matrix follows from the digest of all this. */
    ModelManifest quantize(ImportRequest request, HuggingFaceFolder source) throws IOException {
        ClientFiles clientFiles = new ClientFiles(source, folder);
        List<LayerId> ids = LayerId.all(source.config());
        List<RemoteLayer> layers = new ArrayList<>();
        long total = ModelSize.of(source.config(), request.parameters()).weights();
        Done done = new Done(0, ids.size(), 0, total, 0);
        for (LayerId id : ids) {
            Optional<Quantized> earlier = finished.layer(id);
            Quantized quantized =
                    earlier.isPresent() ? earlier.get() : LayerQuantizer.write(id, source.rows(id), folder);
            if (earlier.isEmpty()) {
                finished.finished(quantized);
            }
            draft.finished(quantized.layer().weights());
            clientFiles.addScales(id, quantized.scales());
            layers.add(quantized.layer());
            done = done.plus(quantized.layer().weights().bytes(), earlier.isPresent());
            progress.finished(Stage.QUANTIZE, id, done);
        }
        Map<String, StoredFile> files = clientFiles.write();
        String digest = ModelManifest.digestOf(files.get(ModelManifest.CONFIG).sha256(), layers);
        return new ModelManifest(
                ModelManifest.FORMAT_VERSION,
                request.name(),
                request.parameters(),
                request.epoch(),
                digest,
                source.config(),
                layers,
                files);
    }

    /** The complete manifest of {@code model}. */
    ModelManifest withHints(ModelManifest model, ModularGemm gemm) throws IOException {
        HintMaker maker = new HintMaker(gemm, model.publicMatrix(), HINT_BUDGET_BYTES);
        List<RemoteLayer> layers = new ArrayList<>();
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        long total = ModelSize.of(model.config(), model.parameters()).weights();
        Done done = new Done(0, model.layers().size(), 0, total, 0);
        for (RemoteLayer layer : model.layers()) {
            Map<Direction, HintFile> hints = new HashMap<>();
            for (Direction direction : Direction.values()) {
                finished.hint(model, layer, direction).ifPresent(hint -> hints.put(direction, hint));
            }
            boolean reused = hints.size() == Direction.values().length;
            if (!reused) {
                make(maker, model, layer, hints);
            }
            for (Direction direction : Direction.values()) {
                digests.writeBytes(hints.get(direction).chunkDigests());
            }
            layers.add(layer.withHints(
                    hints.get(Direction.FORWARD).stored(),
                    hints.get(Direction.BACKWARD).stored()));
            done = done.plus(layer.weights().bytes(), reused);
            progress.finished(Stage.HINTS, layer.id(), done);
        }
        Map<String, StoredFile> files = new HashMap<>(model.clientFiles());
        Files.write(folder.resolve(ModelManifest.HINT_DIGESTS), digests.toByteArray());
        files.put(ModelManifest.HINT_DIGESTS, ClientFiles.describe(folder, ModelManifest.HINT_DIGESTS));
        return model.withHints(layers, files);
    }

    /** Makes the hints that are missing. */
    private void make(HintMaker maker, ModelManifest model, RemoteLayer layer, Map<Direction, HintFile> hints)
            throws IOException {
        try (ResidentWeights weights = maker.load(layer, folder)) {
            for (Direction direction : Direction.values()) {
                if (!hints.containsKey(direction)) {
                    HintFile hint = maker.write(weights, direction, folder, LayerFiles.hint(layer.id(), direction));
                    finished.finished(model, layer.id(), direction, hint);
                    draft.finished(hint.stored());
                    if (!draft.keepsHints()) {
                        Files.delete(folder.resolve(hint.stored().path()));
                    }
                    hints.put(direction, hint);
                }
            }
        }
    }
}
