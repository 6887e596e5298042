package io.veilora.functions.model;

import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelSize;
import io.veilora.protocol.model.TensorSource;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.text.ByteCount;
import io.veilora.protocol.wire.HintCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Whether there is room for what an import writes, known before it starts. */
final class ImportSize {
    private ImportSize() {}

    /**
     * Weights, hints and the embedding, without the few kilobytes of the rest; of the hints the largest, where they leave.
     *
     * @throws PermanentException {@link ProblemCode#DISK_FULL} if they do not fit beside what {@code draft} holds already
     */
    static void requireRoom(HuggingFaceFolder source, ImportRequest request, ModelDraft draft) throws IOException {
        TensorSource.Tensor embedding = source.embedding();
        ModelSize size = ModelSize.of(source.config(), request.parameters());
        long needed = size.weights()
                + (draft.keepsHints() ? size.hintBytes() : largestHint(source, request))
                + embedding.size() * (embedding.type().equals("F32") ? Float.BYTES : Short.BYTES);
        long room = Files.getFileStore(draft.folder()).getUsableSpace() + bytesOf(draft.folder());
        if (needed > room) {
            throw new PermanentException(Problem.of(ProblemCode.DISK_FULL)
                    .detail(
                            "import of '%s' into %s: got room for %s, expected %s",
                            request.name(), draft.folder().getParent(), ByteCount.text(room), ByteCount.text(needed))
                    .remedy("free space, or give another folder with --data"));
        }
    }

    private static long largestHint(HuggingFaceFolder source, ImportRequest request) {
        long most = 0;
        for (LayerId layer : LayerId.all(source.config())) {
            int rows = Math.max(
                    layer.kind().inputFeatures(source.config()), layer.kind().outputFeatures(source.config()));
            most = Math.max(most, HintCodec.fileBytes(request.parameters(), rows));
        }
        return most;
    }

    private static long bytesOf(Path folder) throws IOException {
        long bytes = 0;
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
