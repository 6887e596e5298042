package io.veilora.functions.model;

import io.veilora.functions.TinyModel;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.TensorSource;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ModularGemms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A process that imports a model with a layer of {@value #LAYER_WEIGHTS} weights, 67 MB in float, or, with {@code whole}, reads
 * that layer at once. {@link StreamedImportIT} gives it less heap than that.
 */
final class ImportInSmallHeap {
    static final LayerId LARGEST = LayerId.parse("blocks.0.gate_up");
    static final int LAYER_WEIGHTS = 2 * 16384 * 512;
    static final String DONE = "imported";

    private ImportInSmallHeap() {}

    /** Arguments: a folder, {@code import} or {@code whole}. */
    public static void main(String... arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Path source = Files.createDirectories(folder.resolve("source"));
        Files.writeString(source.resolve(HuggingFaceFolder.CONFIG), """
                {"architectures": ["LlamaForCausalLM"], "vocab_size": 256, "hidden_size": 512,
                 "intermediate_size": 16384, "num_hidden_layers": 1, "num_attention_heads": 8,
                 "num_key_value_heads": 8, "head_dim": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
                 "max_position_embeddings": 64, "tie_word_embeddings": false}
                """);
        Files.writeString(source.resolve(HuggingFaceFolder.TOKENIZER), TinyModel.tokenizer(255));
        try (HuggingFaceFolder model = HuggingFaceFolder.open(source, new Pattern());
                ModularGemm engine = ModularGemms.best().engine()) {
            if (arguments[1].equals("whole")) {
                System.out.println(model.linear(LARGEST).length);
                return;
            }
            ImportRequest request = new ImportRequest(source, "wide", LatticeParameters.MLWE_256x5, 1, false);
            FileModelStore store = new FileModelStore(folder.resolve("models"));
            new ModelImporter(store, engine).run(request, model, ImportProgress.SILENT);
        }
        System.out.println(DONE);
    }

    /** Tensors of a repeating pattern, made when they are read. */
    private static final class Pattern implements TensorSource {
        private final Set<String> names = ConcurrentHashMap.newKeySet();

        private record Made(String name, long[] shape) implements Tensor {
            @Override
            public String type() {
                return "BF16";
            }

            @Override
            public void read(long from, float[] out, int offset, int count) {
                for (int i = 0; i < count; i++) {
                    out[offset + i] = (from + i) % 251 / 256f - 0.5f;
                }
            }
        }

        @Override
        public Set<String> names() {
            return names;
        }

        @Override
        public Tensor require(String name, long... shape) {
            names.add(name);
            return new Made(name, shape);
        }

        @Override
        public String fingerprint() {
            return "0".repeat(64);
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
