package io.veilora.client.text;

import io.veilora.client.ToyModel;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.lora.Adapter;
import io.veilora.protocol.model.LayerId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A toy model that finds given tokens most probable, one after the other, and counts what goes through it. */
final class ScriptedModel {
    /** Rows of each pass through the first layer. */
    final List<Integer> passes = new ArrayList<>();

    private final ToyModel toy;
    private int[] script = {};
    private int at;

    ScriptedModel(ToyModel toy) {
        this.toy = toy;
    }

    /** What comes next; the last token is repeated for ever. */
    void willSay(int... tokens) {
        script = tokens;
        at = 0;
    }

    LlamaModel model() {
        return new LlamaModel(
                toy.config(), toy.weights(), id -> new Layer(id, toy.layers().get(id)), Adapter.none());
    }

    private final class Layer implements FrozenLinear {
        private final LayerId id;
        private final FrozenLinear layer;

        Layer(LayerId id, FrozenLinear layer) {
            this.id = id;
            this.layer = layer;
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
        public void forward(float[] x, int rows, float[] y) {
            if (id.toString().equals("blocks.0.qkv")) {
                passes.add(rows);
            }
            if (id.equals(LayerId.LM_HEAD)) {
                Arrays.fill(y, 0, rows * outputFeatures(), 0f);
                for (int row = 0; row < rows; row++) {
                    y[row * outputFeatures() + script[at]] = 1;
                }
                at = Math.min(at + 1, script.length - 1);
            } else {
                layer.forward(x, rows, y);
            }
        }

        @Override
        public void backward(float[] dy, int rows, float[] dx) {
            throw new AssertionError("generation has no backward pass");
        }
    }
}
