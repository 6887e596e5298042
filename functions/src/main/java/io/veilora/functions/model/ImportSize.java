package io.veilora.functions.model;

import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.ModelSize;
import io.veilora.protocol.model.TensorSource;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.text.ByteCount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Whether there is room for what an import writes, known before it starts. */
final class ImportSize {
    private ImportSize() {}

    /**
     * Weights, hints and the embedding, without the few kilobytes of the rest.
     *
     * @throws PermanentException {@link ProblemCode#DISK_FULL} if they do not fit beside what {@code draft} holds already
     */
    static void requireRoom(HuggingFaceFolder source, ImportRequest request, Path draft) throws IOException {
        TensorSource.Tensor embedding = source.embedding();
        ModelSize size = ModelSize.of(source.config(), request.parameters());
        long needed = size.weights()
                + size.hintBytes()
                + embedding.size() * (embedding.type().equals("F32") ? Float.BYTES : Short.BYTES);
        long room = Files.getFileStore(draft).getUsableSpace() + bytesOf(draft);
        if (needed > room) {
            throw new PermanentException(Problem.of(ProblemCode.DISK_FULL)
                    .detail(
                            "import of '%s' into %s: got room for %s, expected %s",
                            request.name(), draft.getParent(), ByteCount.text(room), ByteCount.text(needed))
                    .remedy("free space, or give another folder with --data"));
        }
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
