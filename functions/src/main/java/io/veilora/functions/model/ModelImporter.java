package io.veilora.functions.model;

import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.DiskFull;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.runtime.ModularGemm;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a servable model of a Hugging Face folder: int8 weights, hints and manifest for the provider's side, embedding,
 * norms, scales, configuration and tokenizer for the client's (DESIGN §2, §3). The same folder gives the same bytes on
 * every machine. The model appears when it is complete. An interrupted import goes on when it is run again; one that cannot
 * succeed leaves nothing behind.
 */
public final class ModelImporter {
    private final ModelStore store;
    private final ModularGemm gemm;

    public ModelImporter(ModelStore store, ModularGemm gemm) {
        this.store = store;
        this.gemm = gemm;
    }

    /**
     * Imports one model; does nothing if the very same model is there.
     *
     * @throws PermanentException UNSUPPORTED_MODEL or INVALID_INPUT naming the file and the reason; INVALID_INPUT if the name
     *     is taken or being imported; DISK_FULL
     */
    public ImportedModel run(ImportRequest request, ImportProgress progress) throws IOException {
        try (HuggingFaceFolder source = HuggingFaceFolder.open(request.source())) {
            return run(request, source, progress);
        }
    }

    /** As {@link #run(ImportRequest, ImportProgress)}, of an open folder, whose tensors may come from anywhere. */
    public ImportedModel run(ImportRequest request, HuggingFaceFolder source, ImportProgress progress)
            throws IOException {
        TokenizerCheck.requireFits(
                source.folder().resolve(HuggingFaceFolder.TOKENIZER),
                source.config().vocabularySize());
        ImportOrigin origin = ImportOrigin.of(source, request);
        try (ModelDraft draft = store.draft(request.name())) {
            Optional<ModelManifest> present = present(request.name());
            if (present.isPresent() && store.origin(request.name()).equals(Optional.of(origin))) {
                draft.discard();
                return new ImportedModel(present.get(), true);
            }
            try {
                return make(request, source, draft, origin, progress);
            } catch (PermanentException e) {
                draft.discard();
                throw e;
            } catch (IOException e) {
                throw diskFullOr(e, request, draft);
            }
        }
    }

    /** The model of that name, if it can be served: a damaged one, or one of an older format, is made anew. */
    private Optional<ModelManifest> present(String name) throws IOException {
        try {
            Optional<ModelManifest> manifest = store.find(name);
            if (manifest.isPresent()) {
                for (StoredFile file : manifest.get().files()) {
                    if (!store.has(manifest.get(), file)) {
                        return Optional.empty();
                    }
                }
            }
            return manifest;
        } catch (PermanentException e) {
            return Optional.empty();
        }
    }

    private ImportedModel make(
            ImportRequest request,
            HuggingFaceFolder source,
            ModelDraft draft,
            ImportOrigin origin,
            ImportProgress progress)
            throws IOException {
        FinishedParts finished = FinishedParts.of(draft, origin);
        ImportSize.requireRoom(source, request, draft);
        LayerImport layers = new LayerImport(draft, finished, progress);
        ModelManifest quantized = layers.quantize(request, source);
        Optional<ModelManifest> present = present(request.name());
        if (present.isPresent() && isSame(present.get(), quantized)) {
            draft.discard();
            return new ImportedModel(present.get(), true);
        }
        if (present.isPresent() && !request.replace()) {
            throw taken(request, present.get(), quantized);
        }
        ModelManifest manifest = layers.withHints(quantized, gemm);
        manifest.requireConsistent();
        FinishedParts.forget(draft.publish(manifest));
        return new ImportedModel(manifest, false);
    }

    /** A full disk is given back what the import took; after another failure the draft stays, to be resumed. */
    private static IOException diskFullOr(IOException failure, ImportRequest request, ModelDraft draft)
            throws IOException {
        if (!DiskFull.isCauseOf(failure)) {
            return failure;
        }
        draft.discard();
        throw new PermanentException(
                Problem.of(ProblemCode.DISK_FULL)
                        .detail("import of '%s'", request.name())
                        .remedy("free space, or give another folder with --data; nothing was left behind"),
                failure);
    }

    private static boolean isSame(ModelManifest present, ModelManifest quantized) {
        return present.modelDigest().equals(quantized.modelDigest())
                && present.parameters() == quantized.parameters()
                && present.epoch() == quantized.epoch()
                && withoutHintDigests(present.clientFiles()).equals(quantized.clientFiles());
    }

    private static Map<String, StoredFile> withoutHintDigests(Map<String, StoredFile> files) {
        Map<String, StoredFile> others = new HashMap<>(files);
        others.remove(ModelManifest.HINT_DIGESTS);
        return others;
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
