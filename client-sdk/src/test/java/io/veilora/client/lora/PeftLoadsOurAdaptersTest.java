package io.veilora.client.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.veilora.client.BaseModel;
import io.veilora.client.ReferenceCase;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.optim.AdamW;
import io.veilora.protocol.model.SafetensorsWriter;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An adapter trained here for a model of each family gives the same logits in PEFT, which {@code
 * src/test/reference/check_adapter.py} loads it with. Needs a Python with peft: {@code $VEILORA_PYTHON}, or the one in
 * {@code /opt/refenv}. The other direction, our reading of what PEFT wrote, is {@code LlamaReferenceTest}.
 */
class PeftLoadsOurAdaptersTest {
    private static final String PYTHON = "VEILORA_PYTHON";
    private static final Path USUAL_PYTHON = Path.of("/opt/refenv/bin/python");

    @TempDir
    Path folder;

    @Test
    void peftComputesTheLogitsThatWeDoForEveryFamily() throws Exception {
        String python = System.getenv(PYTHON);
        if (python == null && !Files.isExecutable(USUAL_PYTHON)) {
            String reason = "skipped, not checked against peft: set " + PYTHON + " to a Python with the packages of"
                    + " src/test/reference/requirements.txt";
            System.out.println(reason);
            assumeTrue(false, reason);
        }
        List<String> command = new ArrayList<>();
        command.add(python == null ? USUAL_PYTHON.toString() : python);
        command.add("src/test/reference/check_adapter.py");
        for (String name : ReferenceCase.names().toList()) {
            command.add(trainAndWrite(name).toString());
        }
        Path output = folder.resolve("output.txt");
        int exit = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(exit).as(said).isZero();
        ReferenceCase.names().forEach(name -> assertThat(said).contains(name + ": relative difference"));
        said.lines().filter(line -> line.contains("relative difference")).forEach(System.out::println);
    }

    private Path trainAndWrite(String name) throws IOException {
        Path target = Files.createDirectories(folder.resolve(name));
        try (ReferenceCase reference = new ReferenceCase(name);
                BaseModel base = BaseModel.clear(reference.model())) {
            Set<Projection> targets = EnumSet.of(Projection.Q, Projection.V, Projection.O, Projection.DOWN);
            LoraConfig lora = new LoraConfig(3, 4.5, targets, 7, name.contains("rank_stabilized"), 0.1);
            Adapter adapter = Adapter.initialize(lora, base.config());
            LlamaModel model = base.with(adapter);
            PackedBatch batch = reference.batch();
            AdamW optimizer = new AdamW(adapter.parameters(), new AdamW.Settings(0.9, 0.95, 1e-6, 0));
            int[] everyRow = IntStream.range(0, batch.tokenCount()).toArray();
            float[] before = model.logits(batch, everyRow);
            for (int step = 0; step < 3; step++) {
                adapter.zeroGradients();
                model.lossAndGradients(batch, 1.0 / batch.labelCount());
                optimizer.step(0.05);
            }
            float[] logits = model.logits(batch, everyRow);
            assertThat(logits).isNotEqualTo(before);
            PeftFiles.write(Files.createDirectory(target.resolve("adapter")), lora, adapter, base.trainedOn());
            new SafetensorsWriter()
                    .add("logits", logits, everyRow.length, base.config().vocabularySize())
                    .write(target.resolve("veilora.safetensors"));
            var facts = ProtocolJson.MAPPER.createObjectNode().put("model", base.name());
            facts.set("tokens", reference.facts.get("tokens"));
            Files.writeString(target.resolve("case.json"), facts.toString());
        }
        return target;
    }
}
