package io.veilora.client.llama;

import static io.veilora.client.llama.VectorMath.LANES;
import static io.veilora.client.llama.VectorMath.SPECIES;

import io.veilora.client.linear.Cores;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.incubator.vector.FloatVector;

/** Stops a run whose numbers have become NaN or infinite, and says where they first did. */
final class Finite {
    private static final int PIECE = 1 << 15;

    private Finite() {}

    /** @throws PermanentException {@link ProblemCode#NOT_FINITE} naming {@code where} */
    static void require(float[] values, int count, String where, Object... arguments) {
        AtomicBoolean finite = new AtomicBoolean(true);
        Cores.forEach((count + PIECE - 1) / PIECE, piece -> {
            if (!allFinite(values, piece * PIECE, Math.min(count, (piece + 1) * PIECE))) {
                finite.set(false);
            }
        });
        if (!finite.get()) {
            throw notFinite(where, arguments);
        }
    }

    /** v − v is NaN for a NaN or infinite v and 0 for any other, and so is the sum of them. */
    private static boolean allFinite(float[] values, int from, int end) {
        FloatVector sums = FloatVector.zero(SPECIES);
        int i = from;
        for (; i + LANES <= end; i += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, values, i);
            sums = sums.add(v.sub(v));
        }
        float sum = VectorMath.sum(sums);
        for (; i < end; i++) {
            sum += values[i] - values[i];
        }
        return sum == 0;
    }

    /** @throws PermanentException {@link ProblemCode#NOT_FINITE} naming {@code where} */
    static void require(double value, String where, Object... arguments) {
        if (!Double.isFinite(value)) {
            throw notFinite(where, arguments);
        }
    }

    private static PermanentException notFinite(String where, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.NOT_FINITE)
                .detail(where, arguments)
                .remedy("lower the learning rate and resume from the last checkpoint"));
    }
}
