package io.veilora.functions.endtoend;

import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import java.util.Arrays;
import java.util.Collection;

/**
 * A layer that remembers what really went into it and came out of it: some values of the first, a middle and the last
 * token, as float32, and what is encrypted of them, as integers and as residues mod q.
 */
final class RecordingLinear implements FrozenLinear {
    /**
     * Bits of magnitude in a needle of integers. Improbable tokens have gradients of a few units, and two such integers are
     * mostly zero bytes, as any file header has them: small values need longer needles.
     */
    private static final int DISTINCTIVE_BITS = 48;

    private final FrozenLinear linear;
    private final RemoteLayer layer;
    private final LatticeParameters parameters;
    private final float[] scales;
    private final Collection<Needle> needles;

    /** @param scales {@code c}, (d_out) */
    RecordingLinear(
            FrozenLinear linear,
            RemoteLayer layer,
            LatticeParameters parameters,
            float[] scales,
            Collection<Needle> needles) {
        this.linear = linear;
        this.layer = layer;
        this.parameters = parameters;
        this.scales = scales;
        this.needles = needles;
    }

    @Override
    public int inputFeatures() {
        return linear.inputFeatures();
    }

    @Override
    public int outputFeatures() {
        return linear.outputFeatures();
    }

    @Override
    public void forward(float[] x, int tokens, float[] y) {
        recordInput(Direction.FORWARD, null, x, tokens);
        linear.forward(x, tokens, y);
        recordFloats("answer of " + layer.id() + " forward", y, tokens, outputFeatures());
    }

    @Override
    public void backward(float[] dy, int tokens, float[] dx) {
        recordInput(Direction.BACKWARD, scales, dy, tokens);
        linear.backward(dy, tokens, dx);
        recordFloats("answer of " + layer.id() + " backward", dx, tokens, inputFeatures());
    }

    private void recordInput(Direction direction, float[] featureScales, float[] x, int tokens) {
        String name = "input of " + layer.id() + " " + direction.label();
        int features = layer.requestFeatures(direction);
        recordFloats(name, x, tokens, features);
        TokenQuantizer.Step step = new TokenQuantizer.Step(name, features, layer.maxNorm(direction), featureScales);
        for (int token : new int[] {0, tokens / 2, tokens - 1}) {
            int[] row = new int[features];
            TokenQuantizer.quantize(parameters, step, x, token, 1, row);
            for (int at : new int[] {0, features / 2 + 1, Math.max(0, features - 32)}) {
                int[] values = distinctive(row, at);
                if (values.length > 0) {
                    needles.add(Needle.ofIntegers(name, values));
                    needles.add(Needle.ofResidues(name, values));
                }
            }
        }
    }

    /** Values from the first after {@code from} that is not zero until enough bits are together; empty if they never are. */
    private static int[] distinctive(int[] row, int from) {
        int start = from;
        while (start < row.length && row[start] == 0) {
            start++;
        }
        int bits = 0;
        for (int end = start; end < row.length; end++) {
            bits += Integer.SIZE - Integer.numberOfLeadingZeros(Math.abs(row[end]));
            if (bits >= DISTINCTIVE_BITS && end > start) {
                return Arrays.copyOfRange(row, start, end + 1);
            }
        }
        return new int[0];
    }

    private void recordFloats(String name, float[] values, int tokens, int features) {
        for (int token : new int[] {0, tokens / 2, tokens - 1}) {
            for (int column : new int[] {0, features / 2 + 1, features - 2}) {
                int at = token * features + column;
                if (values[at] != 0 && values[at + 1] != 0) {
                    needles.add(Needle.ofFloats(name, values[at], values[at + 1]));
                }
            }
        }
    }
}
