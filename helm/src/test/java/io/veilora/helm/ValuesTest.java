package io.veilora.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every value is documented in values.yaml, in README's table and in the schema, with the same words. */
class ValuesTest {
    private static final int MOST_VALUES = 200;

    @Test
    void thereAreNotTooManyValues() throws IOException {
        assertThat(leaves()).hasSizeLessThanOrEqualTo(MOST_VALUES);
    }

    @Test
    void everyValueHasItsCommentAndItsRowInReadmesTable() throws IOException {
        Map<String, String> comments = ValueComments.read(Chart.FOLDER.resolve("values.yaml"));
        List<String> rows = new ArrayList<>();
        for (Map.Entry<String, JsonNode> leaf : leaves().entrySet()) {
            assertThat(comments.get(leaf.getKey()))
                    .as("comment above %s", leaf.getKey())
                    .isNotBlank();
            rows.add("| `" + leaf.getKey() + "` | `" + shown(leaf.getValue()) + "` | " + comments.get(leaf.getKey())
                    + " |");
        }
        assertThat(Files.readAllLines(Chart.FOLDER.resolve("README.md")))
                .filteredOn(line -> line.startsWith("| `"))
                .containsExactlyElementsOf(rows);
    }

    @Test
    void theSchemaKnowsEveryValueAndNoOther() throws IOException {
        JsonNode schema = new ObjectMapper()
                .readTree(Chart.FOLDER.resolve("values.schema.json").toFile());
        Map<String, String> comments = ValueComments.read(Chart.FOLDER.resolve("values.yaml"));
        for (String path : leaves().keySet()) {
            JsonNode at = schema;
            for (String name : path.split("\\.")) {
                if (at.path("additionalProperties").isObject()
                        && !at.path("properties").has(name)) {
                    at = null; // a map of the user's own names, documented as a whole
                    break;
                }
                at = at.path("properties").path(name);
            }
            assertThat(at == null || at.path("description").asText().equals(comments.get(path)))
                    .as("schema of %s: %s", path, at)
                    .isTrue();
        }
        assertStrict(schema, "values", Chart.defaults());
    }

    /** Objects of ours refuse unknown names, and have no name that values.yaml has not. */
    private static void assertStrict(JsonNode schema, String path, JsonNode values) {
        if (!schema.has("properties")) {
            return;
        }
        assertThat(schema.has("additionalProperties")).as(path).isTrue();
        schema.path("properties").properties().forEach(property -> {
            if (path.equals("values") && property.getKey().equals("global")) {
                return;
            }
            assertThat(values.has(property.getKey()))
                    .as(path + "." + property.getKey())
                    .isTrue();
            assertStrict(property.getValue(), path + "." + property.getKey(), values.path(property.getKey()));
        });
    }

    private static String shown(JsonNode value) {
        return value.isTextual() && !value.asText().isEmpty()
                ? value.asText()
                : value.toString().replace(",", ", ").replace(":", ": ");
    }

    private static Map<String, JsonNode> leaves() throws IOException {
        Map<String, JsonNode> leaves = new LinkedHashMap<>();
        collect(Chart.defaults(), "", leaves);
        return leaves;
    }

    private static void collect(JsonNode value, String path, Map<String, JsonNode> leaves) {
        if (value.isObject() && !value.isEmpty()) {
            value.properties()
                    .forEach(field -> collect(
                            field.getValue(), path.isEmpty() ? field.getKey() : path + "." + field.getKey(), leaves));
        } else {
            leaves.put(path, value);
        }
    }
}
