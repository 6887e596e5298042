package io.veilora.protocol.model;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.List;

/** The stacked projections of one remote layer, (d_out, d_in), read some rows at a time: a layer is never whole in memory. */
public final class LayerRows {
    private final LayerId layer;
    private final int inputFeatures;
    private final int outputFeatures;
    private final List<TensorSource.Tensor> projections;

    /** @param projections each (some of d_out, d_in), in the order in which they are stacked */
    LayerRows(LayerId layer, int inputFeatures, List<TensorSource.Tensor> projections) {
        this.layer = layer;
        this.inputFeatures = inputFeatures;
        this.outputFeatures = Math.toIntExact(
                projections.stream().mapToLong(p -> p.shape()[0]).sum());
        this.projections = projections;
    }

    /** {@code d_in}. */
    public int inputFeatures() {
        return inputFeatures;
    }

    /** {@code d_out}. */
    public int outputFeatures() {
        return outputFeatures;
    }

    /**
     * Writes rows {@code first … first + count − 1} to the start of {@code out}.
     *
     * @param out (count, d_in) or longer
     * @throws PermanentException {@link ProblemCode#NOT_FINITE} naming the tensor and the layer
     */
    public void read(int first, int count, float[] out) {
        int firstOfProjection = 0;
        int done = 0;
        for (TensorSource.Tensor projection : projections) {
            int end = firstOfProjection + (int) projection.shape()[0];
            int from = first + done;
            if (from < end && done < count) {
                int rows = Math.min(end - from, count - done);
                long element = (long) (from - firstOfProjection) * inputFeatures;
                projection.read(element, out, done * inputFeatures, rows * inputFeatures);
                requireFinite(projection, from, out, done * inputFeatures, rows * inputFeatures);
                done += rows;
            }
            firstOfProjection = end;
        }
        if (done < count) {
            throw new IndexOutOfBoundsException("rows " + first + " + " + count + " of " + outputFeatures);
        }
    }

    private void requireFinite(TensorSource.Tensor projection, int row, float[] values, int offset, int count) {
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[offset + i])) {
                throw new PermanentException(Problem.of(ProblemCode.NOT_FINITE)
                        .detail(
                                "tensor '%s', layer %s: weight %d is NaN or infinite",
                                projection.name(), layer, (long) row * inputFeatures + i)
                        .remedy("download the model again"));
            }
        }
    }
}
