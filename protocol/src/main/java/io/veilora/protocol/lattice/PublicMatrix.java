package io.veilora.protocol.lattice;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The public matrix {@code A ∈ R_q^{d_max × k}} of DESIGN §2, expanded on demand, one row a feature.
 *
 * <p>{@code seed = SHA-256(label ‖ model digest ‖ epoch)}. Row {@code j} is the AES-256-CTR key stream under the key
 * {@code seed} and the initial counter block {@code j (8 bytes, big-endian) ‖ 0}, read as little-endian 32-bit words;
 * words not below {@code q} are rejected (one in 4096). So both sides derive every row by themselves, in any order, and
 * a provider cannot choose the matrix: a structured {@code A} would be a total break.
 *
 * <p>Instances are immutable and safe for concurrent use.
 */
public final class PublicMatrix {
    private static final byte[] LABEL = "veilora/public-matrix/v1".getBytes(StandardCharsets.US_ASCII);

    private final LatticeParameters parameters;
    private final byte[] seed;

    private PublicMatrix(LatticeParameters parameters, byte[] seed) {
        this.parameters = parameters;
        this.seed = seed;
    }

    /**
     * The matrix of one model in one epoch.
     *
     * @param modelDigest SHA-256 in lower-case hexadecimal, see {@link io.veilora.protocol.model.ModelManifest}
     */
    public static PublicMatrix of(LatticeParameters parameters, String modelDigest, int epoch) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(LABEL);
            sha256.update(HexFormat.of().parseHex(modelDigest));
            sha256.update(ByteBuffer.allocate(4).putInt(epoch).array());
            return new PublicMatrix(parameters, sha256.digest());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks SHA-256", e);
        }
    }

    public LatticeParameters parameters() {
        return parameters;
    }

    /**
     * Expands rows {@code firstRow ..} into {@code out}, {@code n = k·N} unsigned words below {@code q} a row; the
     * coefficient of {@code X^t} in ring element {@code i} stands at {@code i·N + t}.
     *
     * @param out (rows, n); its length sets the number of rows
     */
    public void expandRows(int firstRow, int[] out) {
        int n = parameters.latticeDimension();
        if (out.length % n != 0) {
            throw new IllegalArgumentException("out: got " + out.length + " words, expected a multiple of " + n);
        }
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            SecretKeySpec key = new SecretKeySpec(seed, "AES");
            // A row needs n + n/4096 words on average; 64 words more make a second read very rare.
            byte[] zeros = new byte[4 * (n + 64)];
            byte[] stream = new byte[zeros.length];
            for (int row = 0; row < out.length / n; row++) {
                byte[] counter = ByteBuffer.allocate(16).putLong(firstRow + row).array();
                cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(counter));
                int filled = 0;
                while (filled < n) {
                    cipher.update(zeros, 0, zeros.length, stream);
                    filled = acceptBelowModulus(stream, out, row * n, filled, n);
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks AES/CTR/NoPadding", e);
        }
    }

    private static int acceptBelowModulus(byte[] stream, int[] out, int offset, int filled, int n) {
        ByteBuffer words = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
        while (filled < n && words.hasRemaining()) {
            int word = words.getInt();
            if (Integer.compareUnsigned(word, (int) LatticeParameters.Q) < 0) {
                out[offset + filled++] = word;
            }
        }
        return filled;
    }
}
