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
    private static final Runnable NOTHING = () -> {};

    private final RemoteLayer layer;
    private final EncryptedLayers.Source source;
    private final RemoteCalls calls;
    private final TransformBudget transforms;
    private final float[] scales; // c, (d_out)
    private RemoteProduct forward;
    private RemoteProduct backward;

    EncryptedLinear(RemoteLayer layer, EncryptedLayers.Source source, RemoteCalls calls, TransformBudget transforms) {
        this.layer = layer;
        this.source = source;
        this.calls = calls;
        this.transforms = transforms;
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
        forward(x, tokens, y, NOTHING);
    }

    @Override
    public void forward(float[] x, int tokens, float[] y, Runnable meanwhile) {
        calls.multiply(forward(), x, tokens, y, meanwhile);
    }

    @Override
    public void backward(float[] dy, int tokens, float[] dx) {
        backward(dy, tokens, dx, NOTHING);
    }

    @Override
    public void backward(float[] dy, int tokens, float[] dx, Runnable meanwhile) {
        calls.multiply(backward(), dy, tokens, dx, meanwhile);
    }

    private synchronized RemoteProduct forward() {
        if (forward == null) {
            forward = product(Direction.FORWARD, null, scales);
        }
        forward.hint().prefetch();
        return forward;
    }

    private synchronized RemoteProduct backward() {
        if (backward == null) {
            backward = product(Direction.BACKWARD, scales, null);
        }
        backward.hint().prefetch();
        return backward;
    }

    private RemoteProduct product(Direction direction, float[] requestScales, float[] answerScales) {
        TokenQuantizer.Step step = new TokenQuantizer.Step(
                layer.id() + " " + direction.label(),
                layer.requestFeatures(direction),
                layer.maxNorm(direction),
                requestScales);
        int answerFeatures = layer.answerFeatures(direction);
        TransformedRows hint = TransformedRows.ofHint(
                source.hint(layer.id(), direction), calls.parameters(), answerFeatures, transforms);
        return new RemoteProduct(layer.id(), direction, step, hint, answerFeatures, answerScales);
    }
}
