package io.veilora.client.bench.growth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * {@code src/site/growth.md} says what its inputs give, or this fails; {@code src/bench/growth/refresh} writes the tables
 * anew after a measurement or an assumption has changed.
 */
class GrowthPageTest {
    private static final Path ROOT = Path.of("..");
    private static final Path PAGE = ROOT.resolve("src/site/growth.md");
    private static final Path INPUTS = ROOT.resolve("src/bench/growth");
    private static final Path GEOMETRIES =
            ROOT.resolve("protocol/src/main/resources/io/veilora/protocol/model/geometry");

    private static JsonNode read(Path file) throws IOException {
        return ProtocolJson.MAPPER.readTree(file.toFile());
    }

    private static TokenWork work(Path config) throws IOException {
        return TokenWork.of(LlamaConfig.ofHuggingFace(read(config)));
    }

    private static TokenWork oneB() throws IOException {
        return work(GEOMETRIES.resolve("llama-3.2-1b.json"));
    }

    private static Measured measured() throws IOException {
        return new Measured(read(INPUTS.resolve(Measured.STEP)), read(INPUTS.resolve(Measured.KERNELS)), oneB());
    }

    private static GrowthTables tables() throws IOException {
        Measured measured = measured();
        JsonNode assumptions = read(INPUTS.resolve("assumptions.json"));
        Map<String, Growth> models = new LinkedHashMap<>();
        models.put("1B", new Growth(oneB(), measured, assumptions));
        models.put("8B", new Growth(work(GEOMETRIES.resolve("llama-3.1-8b.json")), measured, assumptions));
        models.put("70B", new Growth(work(INPUTS.resolve("llama-3.1-70b.json")), measured, assumptions));
        return new GrowthTables(models, measured, assumptions);
    }

    @Test
    void thePagesTablesAreWhatMeasurementsAndAssumptionsGive() throws IOException {
        String page = Files.readString(PAGE);
        String fresh = page;
        for (Map.Entry<String, String> table : tables().all().entrySet()) {
            Matcher place = Pattern.compile(
                            "(<!-- table: " + table.getKey() + " -->\n).*?(<!-- end -->)", Pattern.DOTALL)
                    .matcher(fresh);
            assertThat(place.find())
                    .as("a place for the table '%s'", table.getKey())
                    .isTrue();
            fresh = fresh.substring(0, place.end(1)) + table.getValue() + "\n" + fresh.substring(place.start(2));
        }
        if (Boolean.getBoolean("veilora.growth.write")) {
            Files.writeString(PAGE, fresh);
        } else {
            assertThat(page)
                    .as("src/bench/growth/refresh writes these tables anew")
                    .isEqualTo(fresh);
        }
    }

    @Test
    void theTrafficCountedFromShapesIsTheTrafficThatWasMeasured() throws IOException {
        double measured = measured().bytesPerToken();
        assertThat(oneB().bytes()).isCloseTo(measured, within(measured * 1e-3));
    }

    @Test
    void numbersHaveThreeDigits() {
        assertThat(GrowthTables.number(14_230_000)).isEqualTo("14.2 M");
        assertThat(GrowthTables.number(999_600)).isEqualTo("1 M");
        assertThat(GrowthTables.number(0.4)).isEqualTo("0.4");
        assertThat(GrowthTables.number(0.012345)).isEqualTo("0.0123");
        assertThat(GrowthTables.number(100)).isEqualTo("100");
    }
}
