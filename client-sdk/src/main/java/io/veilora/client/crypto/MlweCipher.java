package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.POINTS;
import static io.veilora.client.crypto.NegacyclicTransform.SPECIES;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.Sha256;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

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
    private static final double Q = LatticeParameters.Q;
    private static final double ROUNDER = 0x1.8p52;
    private static final int WORDS_A_PIECE = 1 << 14;

    private final LatticeParameters parameters;
    private final TransformedRows publicMatrix;
    private final BlockSeeds seeds;
    private final byte[] context;

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
        this.context = ("veilora/block/v1/" + modelDigest + "/").getBytes(StandardCharsets.UTF_8);
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
        int blocks = parameters.blocks(tokens);
        int padded = parameters.paddedTokens(tokens);
        int[] plain = new int[Math.multiplyExact(padded, features)];
        BlockSecret[] secrets = new BlockSecret[blocks];
        try {
            double[] scales = TokenQuantizer.quantize(parameters, step, x, firstToken, tokens, plain);
            int blockWords = parameters.ringDimension() * features;
            IntStream.range(0, blocks).parallel().forEach(block -> {
                secrets[block] = drawSecretAndAddErrors(step, plain, block * blockWords, blockWords);
            });
            byte[] wire = new byte[Math.toIntExact(EncryptedTensor.wireBytes(AnswerBits.BITS_32, padded, features))];
            addMasks(plain, secrets, features, wire);
            MemorySegment message = MemorySegment.ofArray(wire);
            EncryptedTensor tensor = EncryptedTensor.over(message, parameters, AnswerBits.BITS_32, padded, features);
            tensor.seal(message);
            return new Encryption(wire, new PendingProduct(parameters, secrets, scales));
        } catch (RuntimeException | Error e) {
            Arrays.stream(secrets).filter(Objects::nonNull).forEach(BlockSecret::wipe);
            throw e;
        } finally {
            Arrays.fill(plain, 0);
        }
    }

    /** Binds the block's seed to its plaintext, draws {@code s}, and turns the plaintext into {@code x̃ + e}. */
    private BlockSecret drawSecretAndAddErrors(TokenQuantizer.Step step, int[] plain, int from, int words) {
        byte[] name = step.name().getBytes(StandardCharsets.UTF_8);
        byte[] blockContext = ByteBuffer.allocate(context.length + name.length)
                .put(context)
                .put(name)
                .array();
        byte[] seed = seeds.next(blockContext, digest(plain, from, words));
        try (CentredBinomial samples = new CentredBinomial(seed)) {
            BlockSecret secret = BlockSecret.draw(parameters, samples);
            samples.addTo(plain, from, words);
            return secret;
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    private static byte[] digest(int[] plain, int from, int words) {
        MessageDigest digest = Sha256.newDigest();
        byte[] piece = new byte[4 * Math.min(words, WORDS_A_PIECE)];
        IntBuffer view = ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        try {
            for (int done = 0; done < words; done += WORDS_A_PIECE) {
                int count = Math.min(WORDS_A_PIECE, words - done);
                view.put(0, plain, from + done, count);
                digest.update(piece, 0, 4 * count);
            }
            return digest.digest();
        } finally {
            Arrays.fill(piece, (byte) 0);
        }
    }

    /** {@code b_j = ⟨A_j, s⟩ + (x̃_j + e_j) mod q} for every block, into the message's payload. */
    private void addMasks(int[] noisy, BlockSecret[] secrets, int features, byte[] wire) {
        Panel.forEach(publicMatrix, 0, features, panel -> {
            for (int block = 0; block < secrets.length; block++) {
                panel.multiply(secrets[block]);
                int row = block * 2 * POINTS * features;
                for (int token = 0; token < 2 * POINTS; token++) {
                    addMasks(panel, token, noisy, row + token * features, wire);
                }
            }
        });
    }

    /** One token's features of a panel. */
    private static void addMasks(Panel panel, int token, int[] noisy, int row, byte[] wire) {
        for (int i = 0; i < panel.size(); i++) {
            int index = row + panel.feature(i);
            VectorMask<Integer> live = panel.live(i);
            DoubleVector value =
                    (DoubleVector) IntLanes.load(noisy, index, live).convertShape(VectorOperators.I2D, SPECIES, 0);
            DoubleVector sum = panel.product(i, token).add(value);
            // |sum| < 2^47, so the quotient and the centred residue are exact integers.
            DoubleVector quotient = sum.mul(1 / Q).add(ROUNDER).sub(ROUNDER);
            IntVector centred = IntLanes.round(sum.sub(quotient.mul(Q)));
            IntVector word =
                    centred.add(centred.lanewise(VectorOperators.ASHR, 31).and((int) LatticeParameters.Q));
            IntLanes.storeBytes(word, wire, EncryptedTensor.HEADER_BYTES + 4 * index, live);
        }
    }

    @Override
    public String toString() {
        return "MlweCipher[" + parameters + ", redacted]";
    }
}
