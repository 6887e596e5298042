package io.veilora.client.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.data.DataFormat;
import io.veilora.client.data.DataSource;
import io.veilora.client.data.TooLong;
import io.veilora.client.text.TinyTokenizer;
import io.veilora.client.text.Tokenizer;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSelectionTest {
    @TempDir
    Path folder;

    @Test
    void aRunFolderRemembersEveryDetail() throws IOException {
        DataSource mail = new DataSource(folder.resolve("m"), DataFormat.MAIL, null, null, Set.of("b@x", "a@x"));
        DataSource table = new DataSource(folder.resolve("t"), DataFormat.CSV, "text", "**/*.csv", Set.of());
        DataSelection selection = new DataSelection(mail, table, 0.25, TooLong.CUT);
        String json = ProtocolJson.MAPPER.writeValueAsString(selection);
        assertThat(ProtocolJson.MAPPER.readValue(json, DataSelection.class)).isEqualTo(selection);
        DataSelection plain = DataSelection.of(folder.resolve("a.jsonl"), null);
        assertThat(ProtocolJson.MAPPER.readValue(ProtocolJson.MAPPER.writeValueAsString(plain), DataSelection.class))
                .isEqualTo(plain);
    }

    @Test
    void aShareIsHeldOutOrASourceOfItsOwn() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            lines.append("{\"prompt\": \"the %d\", \"completion\": \"cat\"}%n".formatted(i));
        }
        DataSource training = DataSource.of(Files.writeString(folder.resolve("a.jsonl"), lines));
        DataSource other = DataSource.of(Files.writeString(folder.resolve("b.txt"), "the cat sat on the mat"));
        try (Tokenizer tokenizer = TinyTokenizer.open()) {
            TrainingData split = new DataSelection(training, null, 0.2, TooLong.FAIL).read(tokenizer, 64);
            assertThat(split.heldOut().records()).hasSizeBetween(3, 20);
            assertThat(split.training().records().size()
                            + split.heldOut().records().size())
                    .isEqualTo(50);
            TrainingData apart = new DataSelection(training, other, 0, TooLong.FAIL).read(tokenizer, 64);
            assertThat(apart.training().records()).hasSize(50);
            assertThat(apart.heldOut().records()).hasSize(1);
        }
    }
}
