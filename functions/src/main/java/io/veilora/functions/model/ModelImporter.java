package io.veilora.functions.model;

import io.veilora.functions.model.ImportProgress.Stage;
import io.veilora.functions.store.StoreFailure;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ResidentWeights;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a servable model of a Hugging Face folder: int8 weights, hints and manifest for the provider's side, embedding,
 * norms, scales, configuration and tokenizer for the client's (DESIGN §2, §3). The same folder gives the same bytes on
 * every machine. The model appears when it is complete; an import that fails or is interrupted leaves nothing behind.
 */
public final class ModelImporter {
    private static final long HINT_BUDGET_BYTES = 128L << 20;

    private final ModelStore store;
    private final ModularGemm gemm;

    public ModelImporter(ModelStore store, ModularGemm gemm) {
        this.store = store;
        this.gemm = gemm;
    }

    /**
     * Imports one model; does nothing if the very same model is there.
     *
     * @throws PermanentException UNSUPPORTED_MODEL or INVALID_INPUT naming the file and the reason; DISK_FULL
     */
    public ImportedModel run(ImportRequest request, ImportProgress progress) throws IOException {
        try (HuggingFaceFolder source = HuggingFaceFolder.open(request.source())) {
            return run(request, source, progress);
        }
    }

    /** As {@link #run(ImportRequest, ImportProgress)}, of an open folder, whose tensors may come from anywhere. */
    public ImportedModel run(ImportRequest request, HuggingFaceFolder source, ImportProgress progress)
            throws IOException {
        try (ModelDraft draft = store.draft(request.name())) {
            TokenizerCheck.requireFits(
                    source.folder().resolve(HuggingFaceFolder.TOKENIZER),
                    source.config().vocabularySize());
            ModelManifest quantized = quantize(request, source, draft, progress);
            Optional<ModelManifest> present = store.find(request.name());
            if (present.isPresent() && isSame(present.get(), quantized)) {
                return new ImportedModel(present.get(), true);
            }
            if (present.isPresent() && !request.replace()) {
                throw taken(request, present.get(), quantized);
            }
            ModelManifest manifest = withHints(quantized, draft, progress);
            manifest.requireConsistent();
            draft.publish(manifest);
            return new ImportedModel(manifest, false);
        } catch (IOException e) {
            if (StoreFailure.isFull(e)) {
                throw new PermanentException(
                        Problem.of(ProblemCode.DISK_FULL)
                                .detail("import of '%s'", request.name())
                                .remedy("free space, or give another folder with --data; nothing was left behind"),
                        e);
            }
            throw e;
        }
    }

    /** Everything but the hints, whose public matrix follows from the digest of all this. */
    private ModelManifest quantize(
            ImportRequest request, HuggingFaceFolder source, ModelDraft draft, ImportProgress progress)
            throws IOException {
        ClientFiles clientFiles = new ClientFiles(source, draft.folder());
        List<LayerId> ids = LayerId.all(source.config());
        List<RemoteLayer> layers = new ArrayList<>();
        for (LayerId id : ids) {
            LayerQuantizer.Quantized quantized = LayerQuantizer.write(id, source.rows(id), draft.folder());
            clientFiles.addScales(id, quantized.scales());
            layers.add(quantized.layer());
            progress.finished(Stage.QUANTIZE, id, layers.size(), ids.size());
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

    private ModelManifest withHints(ModelManifest model, ModelDraft draft, ImportProgress progress) throws IOException {
        HintMaker hints = new HintMaker(gemm, model.publicMatrix(), HINT_BUDGET_BYTES);
        List<RemoteLayer> layers = new ArrayList<>();
        for (RemoteLayer layer : model.layers()) {
            try (ResidentWeights weights = WeightsFile.load(gemm, layer, draft.folder())) {
                StoredFile forward = hint(hints, weights, layer, Direction.FORWARD, draft);
                StoredFile backward = hint(hints, weights, layer, Direction.BACKWARD, draft);
                layers.add(new RemoteLayer(
                        layer.id(),
                        layer.inputFeatures(),
                        layer.outputFeatures(),
                        layer.maxRowNorm(),
                        layer.maxColumnNorm(),
                        layer.weights(),
                        layer.scalesSha256(),
                        forward,
                        backward));
            }
            progress.finished(
                    Stage.HINTS, layer.id(), layers.size(), model.layers().size());
        }
        return new ModelManifest(
                model.formatVersion(),
                model.model(),
                model.parameters(),
                model.epoch(),
                model.modelDigest(),
                model.config(),
                layers,
                model.clientFiles());
    }

    private static StoredFile hint(
            HintMaker hints, ResidentWeights weights, RemoteLayer layer, Direction direction, ModelDraft draft)
            throws IOException {
        return hints.write(weights, direction, draft.folder(), LayerFiles.hint(layer.id(), direction));
    }

    private static boolean isSame(ModelManifest present, ModelManifest quantized) {
        return present.modelDigest().equals(quantized.modelDigest())
                && present.parameters() == quantized.parameters()
                && present.epoch() == quantized.epoch()
                && present.clientFiles().equals(quantized.clientFiles());
    }

    private static PermanentException taken(ImportRequest request, ModelManifest present, ModelManifest wanted) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail(
                        "model name '%s': it belongs to another import (digest %.12s, %s, epoch %d; this one: %.12s, %s,"
                                + " epoch %d)",
                        request.name(),
                        present.modelDigest(),
                        present.parameters(),
                        present.epoch(),
                        wanted.modelDigest(),
                        wanted.parameters(),
                        wanted.epoch())
                .remedy("give another --name, or --replace if no client is using that model"));
    }
}
