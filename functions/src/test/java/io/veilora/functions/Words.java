package io.veilora.functions;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.runtime.Product;
import io.veilora.runtime.ResidentWeights;
import io.veilora.runtime.ScalarGemm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Requests of random words, and the answers that the scalar reference gives. The GEMM is linear: any words will do. */
public final class Words {
    private Words() {}

    /** A whole request message. */
    public static byte[] request(long seed, int tokens, int features) {
        byte[] words = new byte[4 * tokens * features];
        new Random(seed).nextBytes(words);
        return new EncryptedTensor(
                        LatticeParameters.MLWE_256x5,
                        AnswerBits.BITS_32,
                        tokens,
                        features,
                        MemorySegment.ofArray(words))
                .toBytes();
    }

    /** The answer message that belongs to {@code request}. */
    public static byte[] answer(byte[] request, RemoteLayer layer, Direction direction, AnswerBits bits, Path model)
            throws IOException {
        EncryptedTensor tensor = EncryptedTensor.read(MemorySegment.ofArray(request));
        int features = layer.answerFeatures(direction);
        byte[] answer = new byte[(int) EncryptedTensor.wireBytes(bits, tensor.tokens(), features)];
        MemorySegment wire = MemorySegment.ofArray(answer);
        EncryptedTensor product = EncryptedTensor.over(wire, tensor.parameters(), bits, tensor.tokens(), features);
        byte[] int8 = Files.readAllBytes(model.resolve(layer.weights().path()));
        try (ScalarGemm gemm = new ScalarGemm();
                ResidentWeights weights =
                        gemm.load(MemorySegment.ofArray(int8), layer.outputFeatures(), layer.inputFeatures())) {
            gemm.multiply(
                    weights,
                    direction,
                    List.of(new Product(tensor.payload(), tensor.tokens(), product.payload(), bits)));
        }
        product.seal(wire);
        return answer;
    }
}
