package io.veilora.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.PeftFiles;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One folder of {@code resources/reference/models}, as {@code make_reference.py} describes it: a model and an adapter as
 * transformers and PEFT save them, and what they computed.
 */
public final class ReferenceCase implements AutoCloseable {
    /** The tokens, the labels, and whatever is a number or a setting. */
    public final JsonNode facts;

    private final Path folder;
    private final HuggingFaceFolder model;
    private final Safetensors expected;

    public ReferenceCase(String name) throws IOException {
        this.folder = folder().resolve(name);
        this.facts =
                ProtocolJson.MAPPER.readTree(folder.resolve("expected.json").toFile());
        this.model = HuggingFaceFolder.open(folder);
        this.expected = Safetensors.open(folder.resolve("expected.safetensors"));
    }

    /** Every case. */
    public static Stream<String> names() {
        try (Stream<Path> folders = Files.list(folder())) {
            return folders.map(path -> path.getFileName().toString()).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            return Path.of(ReferenceCase.class.getResource("/reference/models").toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    public HuggingFaceFolder model() {
        return model;
    }

    /** The adapter that PEFT wrote. */
    public Adapter adapter() throws IOException {
        return PeftFiles.read(adapterFolder(), model.config());
    }

    public Path adapterFolder() {
        return folder.resolve("adapter");
    }

    public PackedBatch batch() {
        return PackedBatch.of(sequences("tokens"), sequences("labels"));
    }

    public float[] expected(String name) {
        return expected.tensors().get(name).floats();
    }

    private List<int[]> sequences(String field) {
        List<int[]> sequences = new ArrayList<>();
        facts.get(field).forEach(sequence -> sequences.add(ProtocolJson.MAPPER.convertValue(sequence, int[].class)));
        return sequences;
    }

    @Override
    public void close() {
        expected.close();
        model.close();
    }
}
