package io.veilora.client.llama;

import static io.veilora.client.llama.Gradients.requireClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.BaseModel;
import io.veilora.client.ReferenceCase;
import io.veilora.client.lora.Adapter;
import io.veilora.client.optim.AdamW;
import io.veilora.client.optim.GradientClipping;
import io.veilora.client.optim.LearningRateSchedule;
import io.veilora.client.optim.TrainedTensor;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For every family and shape, from the files that Hugging Face's packages wrote, the same numbers as PyTorch, transformers and PEFT: for each tensor the 2-norm of the difference is at most 1e-4 of the
 * reference's. The values were written by {@code src/test/reference/make_reference.py}.
 */
class LlamaReferenceTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @MethodSource("io.veilora.client.ReferenceCase#names")
    void logitsLossAndEveryLoraGradientAreThoseOfPyTorch(String name) throws Exception {
        try (ReferenceCase reference = new ReferenceCase(name);
                BaseModel base = BaseModel.clear(reference.model())) {
            Adapter adapter = reference.adapter();
            LlamaModel model = base.with(adapter);
            PackedBatch batch = reference.batch();

            int[] everyRow = IntStream.range(0, batch.tokenCount()).toArray();
            requireClose(model.logits(batch, everyRow), reference.expected("logits"), TOLERANCE, "logits");

            double expectedLoss = reference.facts.get("loss").asDouble();
            assertThat(model.loss(batch)).isCloseTo(expectedLoss, withPercentage(100 * TOLERANCE));
            double loss = model.lossAndGradients(batch, 1.0 / batch.labelCount());
            assertThat(loss).isCloseTo(expectedLoss, withPercentage(100 * TOLERANCE));

            assertThat(adapter.parameters()).hasSize(2 * 7 * base.config().blocks());
            for (TrainedTensor tensor : adapter.parameters()) {
                requireClose(
                        tensor.gradient(), reference.expected("gradient." + tensor.name()), TOLERANCE, tensor.name());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.veilora.client.ReferenceCase#names")
    void fiveOptimizerStepsWithClippingAndAScheduleEndWhereTorchsDo(String name) throws Exception {
        try (ReferenceCase reference = new ReferenceCase(name);
                BaseModel base = BaseModel.clear(reference.model())) {
            Adapter adapter = reference.adapter();
            LlamaModel model = base.with(adapter);
            PackedBatch batch = reference.batch();
            JsonNode settings = reference.facts.get("optimizer");
            AdamW optimizer = new AdamW(
                    adapter.parameters(),
                    new AdamW.Settings(
                            settings.get("beta1").asDouble(),
                            settings.get("beta2").asDouble(),
                            settings.get("epsilon").asDouble(),
                            settings.get("weight_decay").asDouble()));
            LearningRateSchedule schedule = new LearningRateSchedule(
                    LearningRateSchedule.Decay.valueOf(
                            settings.get("decay").asText().toUpperCase(Locale.ROOT)),
                    settings.get("peak").asDouble(),
                    settings.get("floor").asDouble(),
                    settings.get("warmup").asInt(),
                    settings.get("total").asInt());

            for (int step = 0; step < settings.get("total").asInt(); step++) {
                adapter.zeroGradients();
                double loss = model.lossAndGradients(batch, 1.0 / batch.labelCount());
                double norm = GradientClipping.clip(
                        adapter.parameters(), settings.get("max_norm").asDouble());
                optimizer.step(schedule.at(step));

                requireNear(loss, reference, "losses", step);
                requireNear(norm, reference, "gradient_norms", step);
                requireNear(schedule.at(step), reference, "learning_rates", step);
            }
            for (TrainedTensor tensor : adapter.parameters()) {
                requireClose(tensor.value(), reference.expected("trained." + tensor.name()), TOLERANCE, tensor.name());
            }
        }
    }

    private static void requireNear(double got, ReferenceCase reference, String what, int step) {
        double expected = reference.facts.get(what).get(step).asDouble();
        assertThat(got).as("%s, step %d", what, step).isCloseTo(expected, withPercentage(100 * TOLERANCE));
    }
}
