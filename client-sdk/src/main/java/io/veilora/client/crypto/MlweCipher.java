package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Symmetric Module-LWE encryption of activations, DESIGN §2–3.
 *
 * <p>A block of {@code N} tokens has a fresh secret {@code s ∈ R^k} and fresh errors {@code e_j}, all centred binomial
 * CBD(21); feature {@code j} of the block is one ring element {@code x̃_j}, coefficient {@code t} = token {@code t}, and
 * {@code b_j = ⟨A_j, s⟩ + e_j + x̃_j mod q} travels. Nobody passes randomness in, and a secret leaves this class only
 * inside the {@link PendingProduct} that decrypts its one answer. Does not authenticate the answer: see DESIGN §4.
 *
 * <p>Safe for concurrent use.
 */
public final class MlweCipher {
    private final LatticeParameters parameters;
    private final TransformedRows publicMatrix;
    private final BlockSeeds seeds;
    private final String context;

    /**
     * @param publicMatrix as many rows as the widest request has features
     * @param modelDigest part of every seed's context
     */
    public MlweCipher(LatticeParameters parameters, TransformedRows publicMatrix, String modelDigest) {
        this(parameters, publicMatrix, modelDigest, new BlockSeeds());
    }

    MlweCipher(LatticeParameters parameters, TransformedRows publicMatrix, String modelDigest, BlockSeeds seeds) {
        this.parameters = parameters;
        this.publicMatrix = publicMatrix;
        this.seeds = seeds;
        this.context = "veilora/block/v2/" + modelDigest + "/";
    }

    public LatticeParameters parameters() {
        return parameters;
    }

    /**
     * A request ready to be sent, and what decrypts its answer.
     *
     * @param wire an {@link EncryptedTensor} message; a retry sends these identical bytes
     */
    public record Encryption(byte[] wire, PendingProduct pending) {}

    /**
     * Encrypts {@code tokens} tokens, padded with zero vectors to whole blocks.
     *
     * @param x (…, d), read from row {@code firstToken}
     * @throws io.veilora.protocol.problem.PermanentException NOT_FINITE naming the layer, before anything is encrypted
     */
    public Encryption encrypt(TokenQuantizer.Step step, float[] x, int firstToken, int tokens) {
        int features = step.features();
        if (features > publicMatrix.rows()) {
            throw new IllegalArgumentException(
                    "features: got " + features + ", expected at most " + publicMatrix.rows());
        }
        int padded = parameters.paddedTokens(tokens);
        Plaintext plaintext = new Plaintext(step, x, firstToken, tokens);
        plaintext.scaleAndHash(parameters, seeds.hash());
        List<CentredBinomial.Seed> blockSeeds = IntStream.range(0, parameters.blocks(tokens))
                .mapToObj(block -> seed(plaintext, step.name(), block))
                .toList();
        BlockSecret[] secrets = new BlockSecret[blockSeeds.size()];
        try {
            Arrays.parallelSetAll(secrets, block -> BlockSecret.draw(parameters, blockSeeds.get(block)));
            byte[] wire = new byte[Math.toIntExact(EncryptedTensor.wireBytes(AnswerBits.BITS_32, padded, features))];
            Masking.Request request = new Masking.Request(plaintext, List.of(secrets), blockSeeds, wire);
            Panel.forEach(publicMatrix, 0, features, new Masking(request));
            MemorySegment message = MemorySegment.ofArray(wire);
            EncryptedTensor.over(message, parameters, AnswerBits.BITS_32, padded, features)
                    .seal(message);
            return new Encryption(wire, new PendingProduct(parameters, secrets, plaintext.scales()));
        } catch (RuntimeException | Error e) {
            Arrays.stream(secrets).filter(Objects::nonNull).forEach(BlockSecret::wipe);
            throw e;
        }
    }

    /** Binds a block's seed to its plaintext. */
    private CentredBinomial.Seed seed(Plaintext plaintext, String name, int block) {
        int first = block * parameters.ringDimension();
        int end = Math.min(plaintext.tokens(), first + parameters.ringDimension());
        String shape = "/" + (end - first) + "x" + plaintext.features();
        byte[] bytes =
                seeds.next((context + name + shape).getBytes(StandardCharsets.UTF_8), plaintext.hash(first, end));
        try {
            return CentredBinomial.Seed.of(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    @Override
    public String toString() {
        return "MlweCipher[" + parameters + ", redacted]";
    }
}
