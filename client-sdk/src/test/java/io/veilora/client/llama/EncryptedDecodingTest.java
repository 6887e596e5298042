package io.veilora.client.llama;

import static io.veilora.client.llama.Gradients.requireClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.PlainLoopProvider;
import io.veilora.client.linear.ClearLinear;
import io.veilora.client.linear.EncryptedLayers;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.lora.Adapter;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.client.transport.StepTransport.StepRequest;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.QuantizedWeights;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.EncryptedTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Decoding with the cache while every linear layer is under encryption. */
@Timeout(60)
class EncryptedDecodingTest {
    /** Four layers and the head, each with an error of about 2^-11 of its output, and room for how they add up. */
    private static final double NOISE = 0.01;

    private static final LlamaConfig CONFIG = OpenModel.smallConfig();
    private static final TinyLlama CLIENT = TinyLlama.random(CONFIG, 4);

    private final OpenModel provider = OpenModel.random(CONFIG, 5);
    private final EncryptedLayers layers = new EncryptedLayers(
            provider.manifest(), provider, request -> CompletableFuture.completedFuture(answer(request)));
    private final Decoder decoder = new Decoder(model(layers::apply));

    EncryptedDecodingTest() throws IOException {}

    private static LlamaModel model(java.util.function.Function<LayerId, FrozenLinear> layers) {
        return new LlamaModel(CONFIG, CLIENT.weights(), layers, Adapter.none());
    }

    private StepAnswer answer(StepRequest request) {
        EncryptedTensor product = PlainLoopProvider.multiply(
                provider.weights().get(request.layer()),
                request.direction(),
                EncryptedTensor.read(MemorySegment.ofArray(request.wire())),
                request.answerBits());
        return new StepAnswer(product, product.payload().byteSize(), new StepTiming(1, 2, 3, 4), 5);
    }

    private FrozenLinear int8InTheOpen(LayerId id) {
        QuantizedWeights quantized = provider.weights().get(id);
        float[] weights = new float[quantized.values().length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = quantized.values()[i] * quantized.scales()[i / quantized.inputFeatures()];
        }
        return new ClearLinear(weights, quantized.outputFeatures(), quantized.inputFeatures());
    }

    @Test
    void equalsTheModelInTheOpenWithinTheNoise() {
        LlamaModel open = model(this::int8InTheOpen);
        int[] text = new Random(6).ints(20, 0, CONFIG.vocabularySize()).toArray();
        try (KeyValueCache cache = new KeyValueCache(CONFIG)) {
            for (int t = 0; t < text.length; t++) {
                float[] logits = decoder.logitsAfter(List.of(new Continuation(cache, new int[] {text[t]})));
                int[] prefix = java.util.Arrays.copyOf(text, t + 1);
                requireClose(
                        logits,
                        open.logits(PackedBatch.prompt(prefix), new int[] {t}),
                        NOISE,
                        "logits after token " + t);
            }
        }
    }

    @Test
    void oneMoreTokenOfEachOf256SequencesIsOneBlockALayer() {
        List<Continuation> prompts = new ArrayList<>();
        List<Continuation> next = new ArrayList<>();
        for (int s = 0; s < 256; s++) {
            KeyValueCache cache = new KeyValueCache(CONFIG);
            prompts.add(new Continuation(cache, new int[] {s % 50, 1}));
            next.add(new Continuation(cache, new int[] {s % 40}));
        }
        decoder.logitsAfter(prompts);
        StepCosts.Totals before = layers.costs().totals();
        decoder.logitsAfter(next);
        StepCosts.Totals cost = layers.costs().totals().minus(before);
        assertThat(cost.steps()).isEqualTo(5);
        assertThat(cost.paddedTokens()).isEqualTo(5 * 256);
    }
}
