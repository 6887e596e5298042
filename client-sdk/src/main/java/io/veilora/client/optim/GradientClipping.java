package io.veilora.client.optim;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.List;

/**
 * Clipping by the global norm, as {@code torch.nn.utils.clip_grad_norm_}: {@code g ← g·min(1, c/(‖g‖₂ + 1e-6))}, where the
 * norm is over all gradients together.
 */
public final class GradientClipping {
    private static final double SMALL = 1e-6;

    private GradientClipping() {}

    /** ‖g‖₂ over all gradients. */
    public static double norm(List<TrainedTensor> tensors) {
        double sum = 0;
        for (TrainedTensor tensor : tensors) {
            for (float g : tensor.gradient()) {
                sum += (double) g * g;
            }
        }
        return Math.sqrt(sum);
    }

    /**
     * Scales all gradients down so that their norm is at most {@code maxNorm}.
     *
     * @return the norm before
     * @throws PermanentException {@link ProblemCode#NOT_FINITE} for a gradient that is NaN or infinite; nothing is changed
     */
    public static double clip(List<TrainedTensor> tensors, double maxNorm) {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("maxNorm: got " + maxNorm + ", expected a positive number");
        }
        double norm = norm(tensors);
        if (!Double.isFinite(norm)) {
            throw notFinite(tensors);
        }
        float factor = (float) Math.min(1.0, maxNorm / (norm + SMALL));
        if (factor < 1) {
            for (TrainedTensor tensor : tensors) {
                scale(tensor.gradient(), factor);
            }
        }
        return norm;
    }

    private static void scale(float[] gradient, float factor) {
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] *= factor;
        }
    }

    private static PermanentException notFinite(List<TrainedTensor> tensors) {
        String where = tensors.stream()
                .filter(tensor -> !Double.isFinite(norm(List.of(tensor))))
                .map(TrainedTensor::name)
                .findFirst()
                .orElse("all of them together");
        return new PermanentException(Problem.of(ProblemCode.NOT_FINITE)
                .detail("gradient of %s", where)
                .remedy("lower the learning rate and resume from the last checkpoint"));
    }
}
