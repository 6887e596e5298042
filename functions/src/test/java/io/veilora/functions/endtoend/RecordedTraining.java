package io.veilora.functions.endtoend;

import io.veilora.client.data.TokenizedRecord;
import io.veilora.client.linear.EncryptedLayers;
import io.veilora.client.llama.ClientWeights;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.TrainedOn;
import io.veilora.client.train.CheckpointStore;
import io.veilora.client.train.DataSelection;
import io.veilora.client.train.RunIdentity;
import io.veilora.client.train.Trainer;
import io.veilora.client.train.TrainingConfig;
import io.veilora.client.train.TrainingData;
import io.veilora.protocol.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Encrypted training that writes down what must not leave: {@link Needle}s of its activations, its tokens, its text. */
final class RecordedTraining {
    private static final int IDS = 4;
    private static final int CHARACTERS = 12;

    private final List<Needle> needles = new ArrayList<>();

    List<Needle> needles() {
        return needles;
    }

    /** Trains as {@link SampleRun} does, without evaluations. */
    void train(SampleClient client, int optimizerSteps, Path folder) throws IOException {
        TrainingConfig config = SampleRun.config(optimizerSteps);
        int longest = config.batching().tokensPerMicroBatch();
        TrainingData data = DataSelection.of(SampleRun.files(folder).training().path(), null)
                .read(client.base().tokenizer(), longest);
        ModelManifest manifest = client.bundle().manifest();
        ClientWeights weights =
                ClientWeights.read(manifest.config(), client.bundle().tensors());
        recordText(folder.resolve("train.jsonl"));
        for (TokenizedRecord record : data.training().records()) {
            recordTokens(record, weights, manifest.config().hiddenSize());
        }

        EncryptedLayers layers = new EncryptedLayers(manifest, client.bundle(), client.transport());
        Adapter adapter = Adapter.initialize(config.lora(), manifest.config());
        LlamaModel model = new LlamaModel(
                manifest.config(),
                weights,
                id -> new RecordingLinear(
                        layers.apply(id),
                        manifest.layer(id),
                        manifest.parameters(),
                        client.bundle().scales(id),
                        needles),
                adapter);
        RunIdentity identity =
                RunIdentity.of(new TrainedOn(SampleProvider.MODEL, manifest.modelDigest()), data, config);
        new Trainer(config, data, model, adapter, new CheckpointStore(folder.resolve("run"), identity))
                .run(event -> {});
    }

    /** Pieces of the lines as they stand in the file: whoever wrote 23 bytes of one wrote a whole piece. */
    private void recordText(Path file) throws IOException {
        for (String line : Files.readAllLines(file)) {
            for (int at = 0; at + CHARACTERS <= line.length(); at += CHARACTERS) {
                needles.add(Needle.ofText("text", line.substring(at, at + CHARACTERS)));
            }
        }
    }

    private void recordTokens(TokenizedRecord record, ClientWeights weights, int d) {
        float[] row = new float[d];
        for (int at = 0; at + IDS <= record.tokenCount(); at += IDS) {
            int[] ids = Arrays.copyOfRange(record.tokens(), at, at + IDS);
            needles.add(Needle.ofIntegers("token ids", ids));
            for (String separator : List.of(", ", ",", " ")) {
                if (String.valueOf(ids[0]).length() > 1) {
                    needles.add(Needle.ofDecimals("token ids", ids, separator));
                }
            }
            weights.embeddingRow(ids[0], row, 0);
            needles.add(Needle.ofFloats("embedding", row[0], row[1]));
        }
    }
}
