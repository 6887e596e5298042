package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
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
     * Encrypts {@code tokens} tokens as one message, padded with zero vectors to whole blocks.
     *
     * @param x (…, d), read from row {@code firstToken}
     * @throws io.veilora.protocol.problem.PermanentException NOT_FINITE naming the layer, before anything is encrypted
     */
    public Encryption encrypt(TokenQuantizer.Step step, float[] x, int firstToken, int tokens) {
        return encrypt(step, x, List.of(new TokenRange(firstToken, tokens))).getFirst();
    }

    /**
     * Encrypts several messages in one pass over the public matrix, which takes longer to come from memory than one block's
     * products with it. Each has the bytes that it would have alone: seeds, secrets and errors are a block's own.
     *
     * @param x (…, d)
     * @return in the order of {@code messages}
     * @throws io.veilora.protocol.problem.PermanentException NOT_FINITE naming the layer, before anything is encrypted
     */
    public List<Encryption> encrypt(TokenQuantizer.Step step, float[] x, List<TokenRange> messages) {
        int features = step.features();
        if (features > publicMatrix.rows()) {
            throw new IllegalArgumentException(
                    "features: got " + features + ", expected at most " + publicMatrix.rows());
        }
        List<Plaintext> plaintexts = messages.stream()
                .map(tokens -> new Plaintext(step, x, tokens.first(), tokens.count()))
                .toList();
        plaintexts.forEach(plaintext -> plaintext.scaleAndHash(parameters, seeds.hash()));
        List<Masking.Request> requests =
                plaintexts.stream().map(plaintext -> request(plaintext, step)).toList();
        try {
            List<Masking.Block> blocks =
                    requests.stream().flatMap(Masking.Request::blocks).toList();
            blocks.parallelStream().forEach(block -> block.drawSecret(parameters));
            Panel.forEach(publicMatrix, 0, features, new Masking(blocks));
            return requests.stream().map(this::seal).toList();
        } catch (RuntimeException | Error e) {
            requests.stream().flatMap(Masking.Request::drawnSecrets).forEach(BlockSecret::wipe);
            throw e;
        }
    }

    private Masking.Request request(Plaintext plaintext, TokenQuantizer.Step step) {
        int blocks = parameters.blocks(plaintext.tokens());
        List<CentredBinomial.Seed> blockSeeds = IntStream.range(0, blocks)
                .mapToObj(block -> seed(plaintext, step.name(), block))
                .toList();
        int padded = parameters.paddedTokens(plaintext.tokens());
        long bytes = EncryptedTensor.wireBytes(AnswerBits.BITS_32, padded, plaintext.features());
        return new Masking.Request(plaintext, blockSeeds, new BlockSecret[blocks], new byte[Math.toIntExact(bytes)]);
    }

    private Encryption seal(Masking.Request request) {
        Plaintext plaintext = request.plaintext();
        int padded = parameters.paddedTokens(plaintext.tokens());
        MemorySegment message = MemorySegment.ofArray(request.wire());
        EncryptedTensor.over(message, parameters, AnswerBits.BITS_32, padded, plaintext.features())
                .seal(message);
        return new Encryption(request.wire(), new PendingProduct(parameters, request.secrets(), plaintext.scales()));
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
