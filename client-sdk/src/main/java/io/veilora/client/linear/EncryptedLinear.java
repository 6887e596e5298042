package io.veilora.client.linear;

import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.client.crypto.TransformBudget;
import io.veilora.client.crypto.TransformedRows;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;

/**
 * A remote layer under encryption: {@code y = c ⊙ Dec(W_q · Enc(x))} and {@code ∂x = Dec(W_qᵀ · Enc(c ⊙ ∂y))}, where
 * {@code W ≈ diag(c)·W_q}. The one stored {@code W_q} serves both directions.
 */
final class EncryptedLinear implements FrozenLinear {
    private final RemoteLayer layer;
    private final EncryptedLayers.Source source;
    private final RemoteCalls calls;
    private final TransformBudget budget;
    private final float[] scales; // c, (d_out)
    private TransformedRows forwardHint;
    private TransformedRows backwardHint;

    EncryptedLinear(RemoteLayer layer, EncryptedLayers.Source source, RemoteCalls calls, TransformBudget budget) {
        this.layer = layer;
        this.source = source;
        this.calls = calls;
        this.budget = budget;
        this.scales = source.scales(layer.id());
    }

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
        calls.multiply(
                layer.id(), Direction.FORWARD, step(Direction.FORWARD, null), x, tokens, forwardHint(), scales, y);
    }

    @Override
    public void backward(float[] dy, int tokens, float[] dx) {
        calls.multiply(
                layer.id(), Direction.BACKWARD, step(Direction.BACKWARD, scales), dy, tokens, backwardHint(), null, dx);
    }

    private TokenQuantizer.Step step(Direction direction, float[] featureScales) {
        return new TokenQuantizer.Step(
                layer.id() + " " + direction.label(),
                layer.requestFeatures(direction),
                layer.maxNorm(direction),
                featureScales);
    }

    private synchronized TransformedRows forwardHint() {
        if (forwardHint == null) {
            forwardHint = hint(Direction.FORWARD);
        }
        forwardHint.prefetch();
        return forwardHint;
    }

    private synchronized TransformedRows backwardHint() {
        if (backwardHint == null) {
            backwardHint = hint(Direction.BACKWARD);
        }
        backwardHint.prefetch();
        return backwardHint;
    }

    private TransformedRows hint(Direction direction) {
        return TransformedRows.ofHint(
                source.hint(layer.id(), direction), calls.parameters(), layer.answerFeatures(direction), budget);
    }
}
