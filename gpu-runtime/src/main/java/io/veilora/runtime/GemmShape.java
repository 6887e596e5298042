package io.veilora.runtime;

import io.veilora.protocol.model.Direction;

/** {@code T × d_in × d_out} of a multiplication, all at least 1. */
public record GemmShape(int tokens, int inputFeatures, int outputFeatures) {
    public GemmShape {
        if (tokens < 1 || inputFeatures < 1 || outputFeatures < 1) {
            throw new IllegalArgumentException(
                    "shape: got %d x %d x %d, expected at least 1".formatted(tokens, inputFeatures, outputFeatures));
        }
    }

    /** Reads what {@link #toString} writes. */
    public static GemmShape parse(String text) {
        String[] sizes = text.split("x");
        if (sizes.length != 3) {
            throw new IllegalArgumentException(
                    "shape: got " + text + ", expected T x d_in x d_out as in 256x2048x8192");
        }
        return new GemmShape(Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]), Integer.parseInt(sizes[2]));
    }

    /** Features of an input token. */
    public int depth(Direction direction) {
        return direction == Direction.FORWARD ? inputFeatures : outputFeatures;
    }

    /** Features of an answer token. */
    public int width(Direction direction) {
        return direction == Direction.FORWARD ? outputFeatures : inputFeatures;
    }

    /** 10^9 multiply-accumulates mod q. */
    public double gmac() {
        return 1e-9 * tokens * inputFeatures * outputFeatures;
    }

    /** As in {@code 256x2048x8192}. */
    @Override
    public String toString() {
        return tokens + "x" + inputFeatures + "x" + outputFeatures;
    }
}
