package io.veilora.protocol.lattice;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.Arrays;

/**
 * A vetted parameter set of the Module-LWE encryption of DESIGN §2.
 *
 * <p>Ring {@code R = Z[X]/(X^N + 1)}, modulus {@code q = 2^32 − 2^20 + 1} (prime), module rank {@code k}, lattice
 * dimension {@code n = k·N}; secret and error are centred binomial CBD(21), σ = √10.5 = 3.24. Security as stated in
 * DESIGN §2 (lattice-estimator, commit 27a581b, MATZOV model). Being an enum, no other set can be made.
 */
public enum LatticeParameters {
    /** 143 bits classical; the default. */
    MLWE_256x5(1, 256, 5),
    /** 174 bits classical, for a public matrix that lives long. */
    MLWE_256x6(2, 256, 6);

    /** The modulus, a prime: {@code 2^32 − 2^20 + 1}. */
    public static final long Q = 4293918721L;

    /** Coins on each side of the centred binomial distribution CBD(21). */
    public static final int CBD_COINS = 21;

    /** Standard deviation of CBD(21). */
    public static final double SIGMA = Math.sqrt(CBD_COINS / 2.0);

    private final int wireId;
    private final int ringDimension;
    private final int rank;

    LatticeParameters(int wireId, int ringDimension, int rank) {
        this.wireId = wireId;
        this.ringDimension = ringDimension;
        this.rank = rank;
    }

    /** The byte that names this set on the wire. */
    public int wireId() {
        return wireId;
    }

    /** {@code N}: coefficients of a ring element, and tokens in a block. */
    public int ringDimension() {
        return ringDimension;
    }

    /** {@code k}: ring elements in a secret. */
    public int rank() {
        return rank;
    }

    /** {@code n = k·N}: coefficients of a secret, and of a row of the public matrix or of a hint. */
    public int latticeDimension() {
        return rank * ringDimension;
    }

    /** Blocks that {@code tokens} tokens fill, the last one padded. */
    public int blocks(int tokens) {
        return (tokens + ringDimension - 1) / ringDimension;
    }

    /** {@code tokens} rounded up to whole blocks: the only token count the provider sees. */
    public int paddedTokens(int tokens) {
        return blocks(tokens) * ringDimension;
    }

    /**
     * The set that the wire byte {@code wireId} names.
     *
     * @throws PermanentException {@link ProblemCode#UNKNOWN_PARAMETERS} if there is none
     */
    public static LatticeParameters ofWireId(int wireId) {
        for (LatticeParameters set : values()) {
            if (set.wireId == wireId) {
                return set;
            }
        }
        throw new PermanentException(Problem.of(ProblemCode.UNKNOWN_PARAMETERS)
                .detail("parameter set id: got %d, known are %s", wireId, Arrays.toString(values()))
                .remedy("use a client and a server of the same release"));
    }
}
