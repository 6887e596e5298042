package io.veilora.client.train;

import io.veilora.client.llama.LlamaModel;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/**
 * The heap that training needs, known from shapes alone.
 *
 * @param tokens of a micro-batch, every one labelled
 * @param bytes activations and logits of the micro-batch, and the adapter with its gradients and optimizer state
 */
public record TrainingMemory(int tokens, long bytes) {
    /** Value, gradient and AdamW's two moments, float32 each. */
    private static final int BYTES_PER_PARAMETER = 4 * Float.BYTES;

    /** Of the largest micro-batch that a run can have. */
    public static TrainingMemory of(LlamaConfig model, TrainingConfig config, TrainingData data) {
        long tokens = Math.min(
                config.batching().tokensPerMicroBatch(), data.training().tokenCount());
        return of(model, config.lora(), Math.toIntExact(tokens));
    }

    public static TrainingMemory of(LlamaConfig model, LoraConfig lora, int tokens) {
        long features = 0;
        for (Projection projection : lora.targets()) {
            features += projection.inputFeatures(model) + projection.outputFeatures(model);
        }
        long parameters = model.blocks() * lora.rank() * features;
        return new TrainingMemory(tokens, LlamaModel.trainingBytes(model, tokens) + BYTES_PER_PARAMETER * parameters);
    }

    /** A heap to train in under encryption: a third each for this, for kept hint transforms and for steps in flight. */
    public long encryptedHeap() {
        return 3 * bytes;
    }

    /**
     * Refuses what cannot end but in want of memory, before anything is sent.
     *
     * @param heap bytes of this JVM
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT}
     */
    public void requireRoom(long heap) {
        if (bytes > heap) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "memory: a micro-batch of %d tokens and the adapter need %d MiB of heap, got %d MiB",
                            tokens, bytes >> 20, heap >> 20)
                    .remedy(
                            "take smaller micro-batches and accumulate gradients, or give the JVM more heap:"
                                    + " VEILORA_JAVA_OPTS=-Xmx%dm",
                            encryptedHeap() >> 20));
        }
    }
}
