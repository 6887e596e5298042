package io.veilora.client.linear;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.ReferenceCase;
import io.veilora.client.llama.ClientWeights;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.Adapter;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.QuantizedWeights;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What encryption costs in accuracy, for every family, apart from what int8 weights cost: the encrypted model is compared
 * with one that multiplies by the same int8 weights exactly, and that one with the original. Errors are 2-norms relative
 * to the reference, over all logits and over the gradients of all LoRA matrices.
 */
class FamilyEncryptionTest {
    private record Run(float[] logits, float[] gradients) {}

    @ParameterizedTest
    @MethodSource("io.veilora.client.ReferenceCase#names")
    void encryptionAddsNoMoreThanPredictedToTheErrorOfInt8Weights(String name) throws IOException {
        try (ReferenceCase reference = new ReferenceCase(name)) {
            LlamaConfig config = reference.model().config();
            Map<LayerId, QuantizedWeights> weights = quantized(reference.model());
            OpenModel open = OpenModel.of(config, weights);
            EncryptedLayers encrypted = new EncryptedLayers(open.manifest(), open, new OpenProvider(open));
            SplittableRandom random = new SplittableRandom(5);
            Run original = run(reference, id -> original(reference.model(), id));
            Run int8 = run(reference, id -> exact(weights.get(id)));
            Run simulated = run(
                    reference,
                    id -> new Held(
                            new SimulatedLinear(
                                    LatticeParameters.MLWE_256x5, id.toString(), weights.get(id), random.split()),
                            weights.get(id)));
            Run remote = run(reference, id -> new Held(encrypted.apply(id), weights.get(id)));

            double[] ofInt8 = {error(int8.logits, original.logits), error(int8.gradients, original.gradients)};
            double[] ofNoise = {error(remote.logits, int8.logits), error(remote.gradients, int8.gradients)};
            double[] ofSimulated = {error(simulated.logits, int8.logits), error(simulated.gradients, int8.gradients)};
            System.out.printf(
                    "%s: int8 weights: logits 2^%.1f, gradients 2^%.1f; encryption on top: 2^%.1f, 2^%.1f (simulated:"
                            + " 2^%.1f, 2^%.1f)%n",
                    name, ofInt8[0], ofInt8[1], ofNoise[0], ofNoise[1], ofSimulated[0], ofSimulated[1]);
            for (int i = 0; i < 2; i++) {
                assertThat(ofInt8[i]).as("effect of int8 weights").isLessThan(-3);
                assertThat(ofNoise[i]).as("effect of encryption").isLessThan(ofInt8[i] - 3);
                assertThat(ofNoise[i] - ofSimulated[i])
                        .as("against the simulation")
                        .isBetween(-1.5, 1.5);
            }
        }
    }

    private static Map<LayerId, QuantizedWeights> quantized(HuggingFaceFolder model) {
        Map<LayerId, QuantizedWeights> weights = new HashMap<>();
        for (LayerId id : LayerId.all(model.config())) {
            int outputs = id.kind().outputFeatures(model.config());
            int inputs = id.kind().inputFeatures(model.config());
            weights.put(id, QuantizedWeights.quantize(model.linear(id), outputs, inputs));
        }
        return weights;
    }

    private static FrozenLinear original(HuggingFaceFolder model, LayerId id) {
        int outputs = id.kind().outputFeatures(model.config());
        return new ClearLinear(model.linear(id), outputs, id.kind().inputFeatures(model.config()));
    }

    /** {@code diag(c)·W_q} in float32. */
    private static FrozenLinear exact(QuantizedWeights weights) {
        float[] values = new float[weights.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = weights.scales()[i / weights.inputFeatures()] * weights.values()[i];
        }
        return new ClearLinear(values, weights.outputFeatures(), weights.inputFeatures());
    }

    private static Run run(ReferenceCase reference, Function<LayerId, FrozenLinear> layers) throws IOException {
        LlamaConfig config = reference.model().config();
        Adapter adapter = reference.adapter();
        ClientWeights local = ClientWeights.read(config, reference.model().tensors());
        LlamaModel model = new LlamaModel(config, local, layers, adapter);
        PackedBatch batch = reference.batch();
        float[] logits =
                model.logits(batch, IntStream.range(0, batch.tokenCount()).toArray());
        model.lossAndGradients(batch, 1.0 / batch.labelCount());
        List<float[]> gradients = new ArrayList<>();
        adapter.parameters().stream().map(TrainedTensor::gradient).forEach(gradients::add);
        float[] all = new float[gradients.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (float[] part : gradients) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return new Run(logits, all);
    }

    /** log2 of ‖got − expected‖₂ / ‖expected‖₂. */
    private static double error(float[] got, float[] expected) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < got.length; i++) {
            error += Math.pow((double) got[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.log(error / norm) / Math.log(4);
    }

    /** A layer whose every product is held to the prediction of DESIGN §3. */
    private record Held(FrozenLinear layer, QuantizedWeights weights) implements FrozenLinear {
        @Override
        public int inputFeatures() {
            return layer.inputFeatures();
        }

        @Override
        public int outputFeatures() {
            return layer.outputFeatures();
        }

        @Override
        public void forward(float[] x, int tokens, float[] y) {
            layer.forward(x, tokens, y);
            hold(Direction.FORWARD, Arrays.copyOf(x, tokens * inputFeatures()), tokens, y);
        }

        @Override
        public void backward(float[] dy, int tokens, float[] dx) {
            layer.backward(dy, tokens, dx);
            hold(Direction.BACKWARD, Arrays.copyOf(dy, tokens * outputFeatures()), tokens, dx);
        }

        private void hold(Direction direction, float[] input, int tokens, float[] output) {
            ExactProduct exact = new ExactProduct(weights, direction, input, tokens);
            assertThat(exact.squaredErrorOverPrediction(output))
                    .as("squared error over the predicted variance, %s", direction)
                    .isBetween(0.65, 1.5);
        }
    }
}
