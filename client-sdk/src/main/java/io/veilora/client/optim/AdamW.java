package io.veilora.client.optim;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101), in the order of operations of {@code torch.optim.AdamW}:
 *
 * <pre>
 * θ ← θ·(1 − η·λ)
 * m ← β1·m + (1 − β1)·g
 * v ← β2·v + (1 − β2)·g²
 * θ ← θ − η/(1 − β1ᵗ) · m / (√v/√(1 − β2ᵗ) + ε)
 * </pre>
 *
 * with learning rate η, weight decay λ and t counted from 1. Not safe for use by several threads.
 */
public final class AdamW {
    private final List<TrainedTensor> tensors;
    private final Settings settings;
    private final Map<String, float[]> firstMoments = new LinkedHashMap<>();
    private final Map<String, float[]> secondMoments = new LinkedHashMap<>();
    private long optimizerSteps;

    /**
     * @param beta1 decay of the mean of gradients, in [0, 1)
     * @param beta2 decay of the mean of squared gradients, in [0, 1)
     * @param epsilon added to the denominator, positive
     * @param weightDecay λ ≥ 0
     */
    public record Settings(double beta1, double beta2, double epsilon, double weightDecay) {
        public Settings {
            if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1)) {
                throw new IllegalArgumentException("beta1, beta2: got " + beta1 + ", " + beta2 + ", expected [0, 1)");
            }
            if (!(epsilon > 0) || !(weightDecay >= 0)) {
                throw new IllegalArgumentException("epsilon, weightDecay: got " + epsilon + ", " + weightDecay
                        + ", expected a positive number and a number ≥ 0");
            }
        }

        /** β = (0.9, 0.999), ε = 1e-8, no weight decay: usual for LoRA. */
        public static Settings usual() {
            return new Settings(0.9, 0.999, 1e-8, 0);
        }
    }

    /** @param tensors with distinct names, for example {@code adapter.parameters()} */
    public AdamW(List<TrainedTensor> tensors, Settings settings) {
        this.tensors = List.copyOf(tensors);
        this.settings = settings;
        for (TrainedTensor tensor : this.tensors) {
            if (firstMoments.put(tensor.name(), new float[tensor.value().length]) != null) {
                throw new IllegalArgumentException("two tensors are called " + tensor.name());
            }
            secondMoments.put(tensor.name(), new float[tensor.value().length]);
        }
    }

    /** One optimizer step with the gradients as they are now. */
    public void step(double learningRate) {
        optimizerSteps++;
        double correction1 = 1 - StrictMath.pow(settings.beta1, optimizerSteps);
        double correction2 = 1 - StrictMath.pow(settings.beta2, optimizerSteps);
        for (TrainedTensor tensor : tensors) {
            update(tensor, learningRate, learningRate / correction1, Math.sqrt(correction2));
        }
    }

    private void update(TrainedTensor tensor, double learningRate, double stepSize, double rootCorrection) {
        float[] value = tensor.value();
        float[] gradient = tensor.gradient();
        float[] m = firstMoments.get(tensor.name());
        float[] v = secondMoments.get(tensor.name());
        float kept = (float) (1 - learningRate * settings.weightDecay);
        float beta1 = (float) settings.beta1;
        float beta2 = (float) settings.beta2;
        float rest1 = (float) (1 - settings.beta1);
        float rest2 = (float) (1 - settings.beta2);
        for (int i = 0; i < value.length; i++) {
            float g = gradient[i];
            m[i] = beta1 * m[i] + rest1 * g;
            v[i] = beta2 * v[i] + rest2 * g * g;
            float denominator = (float) (Math.sqrt(v[i]) / rootCorrection + settings.epsilon);
            value[i] = kept * value[i] - (float) stepSize * m[i] / denominator;
        }
    }

    /** How many optimizer steps have been made. */
    public long optimizerSteps() {
        return optimizerSteps;
    }

    /** m by tensor name, live arrays in the order of the tensors: read them for a checkpoint. */
    public Map<String, float[]> firstMoments() {
        return Collections.unmodifiableMap(firstMoments);
    }

    /** v by tensor name, live arrays. */
    public Map<String, float[]> secondMoments() {
        return Collections.unmodifiableMap(secondMoments);
    }

    /**
     * Continues from a checkpoint; copies the arrays.
     *
     * @throws IllegalArgumentException when a tensor is missing or has another length
     */
    public void restore(long optimizerSteps, Map<String, float[]> firstMoments, Map<String, float[]> secondMoments) {
        if (optimizerSteps < 0) {
            throw new IllegalArgumentException("optimizerSteps: got " + optimizerSteps + ", expected at least 0");
        }
        requireSameShapes(firstMoments);
        requireSameShapes(secondMoments);
        this.optimizerSteps = optimizerSteps;
        this.firstMoments.forEach((name, m) -> System.arraycopy(firstMoments.get(name), 0, m, 0, m.length));
        this.secondMoments.forEach((name, v) -> System.arraycopy(secondMoments.get(name), 0, v, 0, v.length));
    }

    private void requireSameShapes(Map<String, float[]> saved) {
        if (!saved.keySet().equals(firstMoments.keySet())) {
            throw new IllegalArgumentException("saved optimizer state is of another adapter: got " + saved.size()
                    + " tensors, expected " + firstMoments.keySet());
        }
        saved.forEach((name, values) -> {
            if (values.length != firstMoments.get(name).length) {
                throw new IllegalArgumentException("saved optimizer state, " + name + ": got " + values.length
                        + " values, expected " + firstMoments.get(name).length);
            }
        });
    }
}
