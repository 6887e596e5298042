package io.veilora.client.llama;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.veilora.client.linear.ClearLinear;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.Safetensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** One file of {@code resources/reference}, as {@code make_reference.py} describes it. */
final class ReferenceCase implements AutoCloseable {
    final JsonNode facts;
    final LlamaConfig config;
    private final Safetensors file;

    ReferenceCase(String name) throws IOException, URISyntaxException {
        this.file = Safetensors.open(Path.of(ReferenceCase.class
                .getResource("/reference/" + name + ".safetensors")
                .toURI()));
        this.facts = new ObjectMapper().readTree(file.metadata().get("case"));
        this.config = LlamaConfig.ofHuggingFace(facts.get("config"));
    }

    float[] tensor(String name) {
        return file.tensors().get(name).floats();
    }

    PackedBatch batch() {
        return PackedBatch.of(sequences("tokens"), sequences("labels"));
    }

    /** A fresh adapter with the file's {@code value.*} in it. */
    Adapter adapter() {
        LoraConfig lora = new LoraConfig(
                facts.get("rank").asInt(), facts.get("alpha").asDouble(), EnumSet.allOf(Projection.class), 0);
        Adapter adapter = Adapter.initialize(lora, config);
        for (TrainedTensor tensor : adapter.parameters()) {
            float[] value = file.require("value." + tensor.name(), tensor.rows(), tensor.columns())
                    .floats();
            System.arraycopy(value, 0, tensor.value(), 0, value.length);
        }
        return adapter;
    }

    LlamaModel model(Adapter adapter) {
        ClientWeights weights = ClientWeights.read(config, file::require);
        return new LlamaModel(config, weights, this::layer, adapter);
    }

    /** The projections of a remote layer, stacked along the outputs. */
    private FrozenLinear layer(LayerId id) {
        int inputs = id.kind().inputFeatures(config);
        int outputs = id.kind().outputFeatures(config);
        float[] stacked = new float[outputs * inputs];
        int at = 0;
        for (String name : names(id)) {
            float[] weights = tensor(name);
            System.arraycopy(weights, 0, stacked, at, weights.length);
            at += weights.length;
        }
        return new ClearLinear(stacked, outputs, inputs);
    }

    private List<String> names(LayerId id) {
        if (id.kind() == LayerKind.LM_HEAD) {
            return List.of(config.tiedEmbeddings() ? "model.embed_tokens.weight" : "lm_head.weight");
        }
        return id.kind().projections().stream()
                .map(label -> "model.layers." + id.block() + "."
                        + Projection.ofLabel(label).module() + ".weight")
                .toList();
    }

    private List<int[]> sequences(String field) {
        List<int[]> sequences = new ArrayList<>();
        for (JsonNode sequence : facts.get(field)) {
            int[] ids = new int[sequence.size()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = sequence.get(i).asInt();
            }
            sequences.add(ids);
        }
        return sequences;
    }

    @Override
    public void close() {
        file.close();
    }
}
