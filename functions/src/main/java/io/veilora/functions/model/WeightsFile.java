package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.Sha256;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ResidentWeights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A layer's int8 weights on their way from a file to an engine. */
final class WeightsFile {
    private WeightsFile() {}

    static ResidentWeights load(ModularGemm gemm, RemoteLayer layer, Path modelFolder) throws IOException {
        return loadFile(gemm, layer, modelFolder.resolve(layer.weights().path()));
    }

    /**
     * Maps the file, checks its digest and loads it.
     *
     * @throws PermanentException {@link ProblemCode#CORRUPT_MODEL} if it is not the file of the manifest
     */
    static ResidentWeights loadFile(ModularGemm gemm, RemoteLayer layer, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofShared()) {
            MemorySegment int8 = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            String digest = Sha256.hex(int8);
            if (!digest.equals(layer.weights().sha256())) {
                throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                        .detail(
                                "weights of layer %s: got digest %.12s, expected %.12s",
                                layer.id(), digest, layer.weights().sha256())
                        .remedy("import the model again"));
            }
            return gemm.load(int8, layer.outputFeatures(), layer.inputFeatures());
        }
    }
}
