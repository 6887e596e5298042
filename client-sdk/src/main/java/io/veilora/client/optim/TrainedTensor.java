package io.veilora.client.optim;

/**
 * A tensor that the optimizer changes, with its gradient; both arrays are the live ones.
 *
 * @param name unique and stable: optimizer state and checkpoints are filed under it
 * @param value (rows, columns), row-major
 * @param gradient ∂loss/∂value, same shape
 */
public record TrainedTensor(String name, int rows, int columns, float[] value, float[] gradient) {
    public TrainedTensor {
        if (value.length != rows * columns || gradient.length != value.length) {
            throw new IllegalArgumentException(name + ": got " + value.length + " values and " + gradient.length
                    + " gradients, expected " + rows + " × " + columns);
        }
    }

    @Override
    public String toString() {
        return "TrainedTensor[" + name + ", " + rows + " × " + columns + "]";
    }
}
