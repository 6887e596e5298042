package io.veilora.client.llama;

import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.lora.AdaptedLinear;
import io.veilora.client.lora.Adapter;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A Llama model with LoRA branches, forward and backward: everything but the frozen matrices, which may be clear,
 * simulated or remote and encrypted, is computed here in float32 (DESIGN §1).
 *
 * <p>Letters: T tokens of a packed batch, d hidden features, f intermediate features, q and k, v query, key and value
 * features, V vocabulary. Frozen layers are called from the calling thread, one after the other, in the order of a forward
 * pass and then of a backward pass. Results have the same bits from run to run. Keeps the activations of one batch and
 * reuses them; not safe for use by several threads.
 */
public final class LlamaModel {
    private final LlamaConfig config;
    private final ClientWeights weights;
    private final boolean adapted;
    private final List<LlamaBlock> blocks = new ArrayList<>();
    private final OutputHead head;
    private Workspace workspace;

    /**
     * @param layers the frozen part of each remote layer; asked once for every id of {@link LayerId#all}
     * @param adapter its live arrays are read in every pass, and its gradients added to
     * @throws PermanentException {@link ProblemCode#WRONG_SHAPE} when a layer does not fit the configuration
     */
    public LlamaModel(
            LlamaConfig config, ClientWeights weights, Function<LayerId, FrozenLinear> layers, Adapter adapter) {
        this.config = config;
        this.weights = weights;
        this.adapted = !adapter.isEmpty();
        Function<LayerId, FrozenLinear> frozen = id -> RemoteShape.checked(id, layers.apply(id), config);
        Rope rope = new Rope(config);
        for (int block = 0; block < config.blocks(); block++) {
            blocks.add(new LlamaBlock(
                    config,
                    block,
                    weights,
                    id -> new AdaptedLinear(frozen.apply(id), weights.bias(id, config), id, config, adapter),
                    rope));
        }
        this.head = new OutputHead(config, weights, frozen.apply(LayerId.LM_HEAD));
        this.workspace = new Workspace(config, 0);
    }

    /**
     * The sum of the cross-entropy over the positions whose label counts, in natural units; 0 when there is none.
     *
     * @throws PermanentException {@link ProblemCode#NOT_FINITE} naming the block, or the loss, where a value became NaN or
     *     infinite; {@link ProblemCode#INVALID_INPUT} for a token outside the vocabulary or a sequence that is too long
     */
    public double loss(PackedBatch batch) {
        int[] rows = batch.labelledRows();
        check(batch, rows);
        if (rows.length == 0) {
            return 0;
        }
        float[] x = forward(batch, false);
        double loss = head.loss(x, batch, rows);
        Finite.require(loss, "loss over %d labels", rows.length);
        return loss;
    }

    /**
     * The same sum; also adds {@code gradientScale}·∂sum/∂θ to the adapter's gradients.
     *
     * @param gradientScale for example one over the number of labels of the whole optimizer step
     * @throws PermanentException as {@link #loss}; after any exception the gradients hold an unfinished sum
     */
    public double lossAndGradients(PackedBatch batch, double gradientScale) {
        int[] rows = batch.labelledRows();
        check(batch, rows);
        if (!adapted || rows.length == 0) {
            return loss(batch);
        }
        float[] x = forward(batch, true);
        float[] dx = workspace.dx;
        Arrays.fill(dx, 0, batch.tokenCount() * config.hiddenSize(), 0f);
        double loss = head.lossAndGradient(x, batch, rows, (float) gradientScale, dx);
        Finite.require(loss, "loss over %d labels", rows.length);
        for (int block = config.blocks() - 1; block >= 0; block--) {
            float[] input = workspace.residual(block, true);
            blocks.get(block).backward(batch, input, workspace.kept(block, true), workspace.scratch, dx);
        }
        return loss;
    }

    /**
     * The logits after the given rows of the batch; only these go through {@code lm_head}.
     *
     * @param positions indices into the packed batch, 0 … T − 1
     * @return (positions, V)
     * @throws PermanentException as {@link #loss}
     */
    public float[] logits(PackedBatch batch, int[] positions) {
        check(batch, positions);
        if (positions.length == 0) {
            return new float[0];
        }
        float[] logits = head.logits(forward(batch, false), positions);
        Finite.require(logits, logits.length, "logits");
        return logits;
    }

    public LlamaConfig config() {
        return config;
    }

    /** The residual stream (T, d) after the last block, for {@link Decoder}; the caches count the rows as theirs. */
    float[] residual(CachedBatch batch) {
        checkTokens(batch);
        float[] x = forward(batch, false);
        batch.finished();
        return x;
    }

    /** (rows, V), from the first {@code rows} rows of a residual stream (T, d). */
    float[] logits(float[] x, int rows) {
        float[] logits = head.logits(x, IntStream.range(0, rows).toArray());
        Finite.require(logits, logits.length, "logits");
        return logits;
    }

    /** Bytes of heap that {@link #lossAndGradients} keeps for a batch of {@code tokens}, all of them labelled. */
    public static long trainingBytes(LlamaConfig config, int tokens) {
        long logits = (long) Math.min(tokens, OutputHead.rowsAtOnce(config)) * config.vocabularySize();
        return Float.BYTES * (tokens * Workspace.floats(config) + logits);
    }

    /** Most labelled rows that go through {@code lm_head} in one call. */
    public static int headRowsAtOnce(LlamaConfig config) {
        return OutputHead.rowsAtOnce(config);
    }

    /** The residual stream (T, d) after the last block. */
    private float[] forward(TokenRows batch, boolean keepAll) {
        int tokens = batch.tokenCount();
        int d = config.hiddenSize();
        if (tokens > workspace.capacity) {
            workspace = new Workspace(config, tokens);
        }
        float[] x = workspace.residual(0, keepAll);
        for (int t = 0; t < tokens; t++) {
            weights.embeddingRow(batch.tokens()[t], x, t * d);
        }
        for (int block = 0; block < config.blocks(); block++) {
            float[] y = workspace.residual(block + 1, keepAll);
            blocks.get(block).forward(batch, x, workspace.kept(block, keepAll), workspace.scratch, y);
            Finite.require(y, tokens * d, "output of blocks.%d", block);
            x = y;
        }
        return x;
    }

    private void checkTokens(TokenRows batch) {
        for (int t = 0; t < batch.tokenCount(); t++) {
            if (batch.tokens()[t] < 0 || batch.tokens()[t] >= config.vocabularySize()) {
                throw invalid("row %d: token outside the vocabulary of %d", t, config.vocabularySize());
            }
            if (batch.positions()[t] >= config.contextLength()) {
                throw invalid("row %d: sequence longer than the context of %d tokens", t, config.contextLength());
            }
        }
    }

    private void check(PackedBatch batch, int[] rows) {
        checkTokens(batch);
        for (int t = 0; t < batch.tokenCount(); t++) {
            if (batch.labels()[t] >= config.vocabularySize()) {
                throw invalid("row %d: label outside the vocabulary of %d", t, config.vocabularySize());
            }
        }
        for (int row : rows) {
            if (row < 0 || row >= batch.tokenCount()) {
                throw invalid("position: got %d, expected 0 to %d", row, batch.tokenCount() - 1);
            }
        }
    }

    private static PermanentException invalid(String format, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("packed batch, " + format, arguments)
                .remedy("check that the tokenizer is the model's and cut sequences to its context"));
    }
}
