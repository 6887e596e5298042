package io.veilora.client.llama;

import static io.veilora.client.llama.Gradients.requireClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.veilora.client.linear.ClearLinear;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.Projection;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class LlamaModelTest {
    private final TinyLlama llama = TinyLlama.random(TinyLlama.smallConfig(), 3);

    @Test
    void packedSequencesGiveTheSameAsEachSequenceAlone() {
        PackedBatch packed = llama.batch(2, 5, 40, 1, 9);
        Adapter together = llama.adapter();
        LlamaModel model = llama.model(together);
        double loss = model.lossAndGradients(packed, 1);
        float[] logits = model.logits(packed, new int[] {4, 44, 45, 54}); // the last row of each

        Adapter alone = llama.adapter();
        LlamaModel other = llama.model(alone);
        double sum = 0;
        int[] bounds = packed.sequenceBounds();
        for (int s = 0; s + 1 < bounds.length; s++) {
            PackedBatch single = sequence(packed, bounds[s], bounds[s + 1]);
            sum += other.lossAndGradients(single, 1);
            float[] last = other.logits(single, new int[] {single.tokenCount() - 1});
            float[] part = java.util.Arrays.copyOfRange(logits, s * last.length, (s + 1) * last.length);
            requireClose(part, last, 1e-6, "logits of sequence " + s);
        }
        assertThat(loss).isCloseTo(sum, within(1e-5 * sum));
        requireSameGradients(together, alone, 1, 1e-5);
    }

    @Test
    void theFirstBlocksQkvIsNeverCalledBackwardAndTheHeadSeesOnlyLabelledRows() {
        List<String> calls = new ArrayList<>();
        LlamaModel model = new LlamaModel(llama.config(), llama.weights(), id -> recording(id, calls), llama.adapter());
        PackedBatch batch = llama.batch(3, 8, 6); // 14 tokens, 5 + 3 labels
        model.lossAndGradients(batch, 1);
        assertThat(calls)
                .containsExactly(
                        "blocks.0.qkv forward 14",
                        "blocks.0.o forward 14",
                        "blocks.0.gate_up forward 14",
                        "blocks.0.down forward 14",
                        "blocks.1.qkv forward 14",
                        "blocks.1.o forward 14",
                        "blocks.1.gate_up forward 14",
                        "blocks.1.down forward 14",
                        "lm_head forward 8",
                        "lm_head backward 8",
                        "blocks.1.down backward 14",
                        "blocks.1.gate_up backward 14",
                        "blocks.1.o backward 14",
                        "blocks.1.qkv backward 14",
                        "blocks.0.down backward 14",
                        "blocks.0.gate_up backward 14",
                        "blocks.0.o backward 14");

        calls.clear();
        model.logits(batch, new int[] {2, 13});
        assertThat(calls).hasSize(9).last().isEqualTo("lm_head forward 2");

        calls.clear();
        assertThat(model.loss(llama.batch(6, 6))).isZero();
        assertThat(calls).isEmpty();
    }

    @Test
    void backwardCallsEndAtTheFirstLayerWithABranch() {
        List<String> calls = new ArrayList<>();
        Adapter adapter = llama.adapter(EnumSet.of(Projection.UP, Projection.DOWN), 2);
        LlamaModel model = new LlamaModel(llama.config(), llama.weights(), id -> recording(id, calls), adapter);
        model.lossAndGradients(llama.batch(0, 4), 1);
        assertThat(calls).last().isEqualTo("blocks.0.down backward 4");
        assertThat(adapter.gradientNorm()).isPositive();
    }

    @Test
    void fewerTargetsGetTheSameGradientsAsAmongAllWhenTheOthersAreZero() {
        for (Projection projection : Projection.values()) {
            Adapter single = llama.adapter(EnumSet.of(projection), 4);
            Adapter all = llama.adapter();
            for (TrainedTensor tensor : all.parameters()) {
                java.util.Arrays.fill(tensor.value(), 0f);
            }
            for (var entry : single.matrices().entrySet()) {
                var to = all.matrices().get(entry.getKey());
                copy(entry.getValue().loraA().values(), to.loraA().values());
                copy(entry.getValue().loraB().values(), to.loraB().values());
            }
            PackedBatch batch = llama.batch(1, 7, 4);
            double loss = llama.model(single).lossAndGradients(batch, 1);
            assertThat(llama.model(all).lossAndGradients(batch, 1)).isCloseTo(loss, within(1e-4));
            for (var entry : single.matrices().entrySet()) {
                var expected = all.matrices().get(entry.getKey());
                requireClose(entry.getValue().gradA().values(), expected.gradA().values(), 1e-4, "gradA " + projection);
                requireClose(entry.getValue().gradB().values(), expected.gradB().values(), 1e-4, "gradB " + projection);
            }
        }
    }

    @Test
    void gradientsAccumulateAndAreScaled() {
        Adapter once = llama.adapter();
        Adapter thrice = llama.adapter();
        PackedBatch batch = llama.batch(1, 7, 4);
        llama.model(once).lossAndGradients(batch, 1);
        LlamaModel model = llama.model(thrice);
        model.lossAndGradients(batch, 0.25);
        model.lossAndGradients(batch, 0.5);
        requireSameGradients(thrice, once, 0.75f, 1e-5);
        thrice.zeroGradients();
        assertThat(thrice.gradientNorm()).isZero();
    }

    @Test
    void theSameInputsGiveTheSameBitsAlsoAfterAnotherBatchUsedTheBuffers() {
        PackedBatch batch = llama.batch(1, 33, 4);
        Adapter first = llama.adapter();
        double loss = llama.model(first).lossAndGradients(batch, 1);

        Adapter second = llama.adapter();
        LlamaModel used = llama.model(second);
        used.lossAndGradients(llama.batch(0, 50), 1);
        used.loss(llama.batch(0, 2));
        second.zeroGradients();
        assertThat(used.loss(batch)).isEqualTo(loss);
        assertThat(used.lossAndGradients(batch, 1)).isEqualTo(loss);
        for (int i = 0; i < first.parameters().size(); i++) {
            assertThat(second.parameters().get(i).gradient())
                    .isEqualTo(first.parameters().get(i).gradient());
        }
    }

    @Test
    void aFreshAdapterAndNoAdapterAreTheBaseModel() {
        PackedBatch batch = llama.batch(0, 6);
        double base = llama.model(Adapter.none()).loss(batch);
        Adapter fresh = Adapter.initialize(
                new io.veilora.client.lora.LoraConfig(4, 8, EnumSet.allOf(Projection.class), 1), llama.config());
        assertThat(llama.model(fresh).loss(batch)).isEqualTo(base);
        assertThat(llama.model(Adapter.none()).lossAndGradients(batch, 1)).isEqualTo(base);
    }

    @Test
    void aValueThatIsNotFiniteIsAnErrorThatNamesWhereItAppeared() {
        for (LayerId id : LayerId.all(llama.config())) {
            LlamaModel model =
                    new LlamaModel(llama.config(), llama.weights(), other -> poisoned(other, id), llama.adapter());
            String where = id.equals(LayerId.LM_HEAD) ? "loss over 4 labels" : "output of blocks." + id.block();
            assertThatExceptionOfType(PermanentException.class)
                    .isThrownBy(() -> model.lossAndGradients(llama.batch(0, 4), 1))
                    .withMessageContaining(where)
                    .matches(e -> e.problem().code() == ProblemCode.NOT_FINITE);
        }
    }

    @Test
    void aTokenOutsideTheVocabularyATooLongSequenceAndAWrongRowAreRefusedWithoutNamingTheToken() {
        LlamaModel model = llama.model(Adapter.none());
        assertThatExceptionOfType(PermanentException.class)
                .isThrownBy(() -> model.logits(PackedBatch.prompt(new int[] {1, 7777}), new int[] {0}))
                .withMessageContaining("row 1")
                .withMessageContaining("vocabulary of 53")
                .withMessageNotContaining("7777");
        assertThatExceptionOfType(PermanentException.class)
                .isThrownBy(() -> model.loss(llama.batch(0, 65)))
                .withMessageContaining("context of 64");
        assertThatExceptionOfType(PermanentException.class)
                .isThrownBy(() -> model.logits(llama.batch(0, 3), new int[] {3}))
                .withMessageContaining("got 3, expected 0 to 2");
    }

    @Test
    void aLayerOfAnotherShapeIsRefusedWhenTheModelIsPutTogether() {
        FrozenLinear small = new ClearLinear(new float[6], 2, 3);
        assertThatExceptionOfType(PermanentException.class)
                .isThrownBy(() -> new LlamaModel(llama.config(), llama.weights(), id -> small, Adapter.none()))
                .withMessageContaining("blocks.0.qkv")
                .matches(e -> e.problem().code() == ProblemCode.WRONG_SHAPE);
    }

    private FrozenLinear recording(LayerId id, List<String> calls) {
        FrozenLinear layer = llama.layers().get(id);
        return wrap(layer, (forward, tokens) -> calls.add(id + (forward ? " forward " : " backward ") + tokens));
    }

    private FrozenLinear poisoned(LayerId id, LayerId poisoned) {
        FrozenLinear layer = llama.layers().get(id);
        if (!id.equals(poisoned)) {
            return layer;
        }
        float[] weights = new float[layer.outputFeatures() * layer.inputFeatures()];
        java.util.Arrays.fill(weights, Float.NaN);
        return new ClearLinear(weights, layer.outputFeatures(), layer.inputFeatures());
    }

    private interface Call {
        void made(boolean forward, int tokens);
    }

    private static FrozenLinear wrap(FrozenLinear layer, Call call) {
        return new FrozenLinear() {
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
                call.made(true, tokens);
                layer.forward(x, tokens, y);
            }

            @Override
            public void backward(float[] dy, int tokens, float[] dx) {
                call.made(false, tokens);
                layer.backward(dy, tokens, dx);
            }
        };
    }

    private static PackedBatch sequence(PackedBatch packed, int from, int to) {
        return PackedBatch.of(
                List.of(java.util.Arrays.copyOfRange(packed.tokens(), from, to)),
                List.of(java.util.Arrays.copyOfRange(packed.labels(), from, to)));
    }

    private static void copy(float[] from, float[] to) {
        System.arraycopy(from, 0, to, 0, to.length);
    }

    private static void requireSameGradients(Adapter got, Adapter expected, float factor, double tolerance) {
        List<TrainedTensor> tensors = expected.parameters();
        for (int i = 0; i < tensors.size(); i++) {
            float[] scaled = tensors.get(i).gradient().clone();
            for (int j = 0; j < scaled.length; j++) {
                scaled[j] *= factor;
            }
            requireClose(
                    got.parameters().get(i).gradient(),
                    scaled,
                    tolerance,
                    tensors.get(i).name());
        }
    }
}
