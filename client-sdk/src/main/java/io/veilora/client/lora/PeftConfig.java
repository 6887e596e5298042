package io.veilora.client.lora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * PEFT's {@code adapter_config.json}. Reading refuses, by name, every option that is set and that we do not carry out:
 * an adapter must not silently mean something else here than there.
 */
final class PeftConfig {
    /** Read by us, or without a meaning for the adapter's arithmetic. */
    private static final Set<String> UNDERSTOOD = Set.of(
            "auto_mapping",
            "base_model_name_or_path",
            "bias",
            "ensure_weight_tying",
            "eva_config",
            "inference_mode",
            "init_lora_weights",
            "lora_alpha",
            "lora_dropout",
            "megatron_core",
            "peft_type",
            "peft_version",
            "qalora_group_size",
            "r",
            "revision",
            "target_modules",
            "task_type",
            "use_rslora");

    private PeftConfig() {}

    static byte[] write(LoraConfig lora, String baseModel) throws IOException {
        ObjectNode json = ProtocolJson.MAPPER.createObjectNode();
        json.putObject("alpha_pattern");
        json.put("base_model_name_or_path", baseModel);
        json.put("bias", "none");
        json.put("fan_in_fan_out", false);
        json.put("inference_mode", true);
        json.put("init_lora_weights", true);
        json.putNull("layers_pattern");
        json.putNull("layers_to_transform");
        if (lora.alpha() == Math.rint(lora.alpha())) { // PEFT's own type is int
            json.put("lora_alpha", (long) lora.alpha());
        } else {
            json.put("lora_alpha", lora.alpha());
        }
        json.put("lora_bias", false);
        json.put("lora_dropout", lora.dropout());
        json.putNull("modules_to_save");
        json.put("peft_type", "LORA");
        json.put("r", lora.rank());
        json.putObject("rank_pattern");
        lora.targets().forEach(target -> json.withArray("target_modules").add(target.label()));
        json.put("task_type", "CAUSAL_LM");
        json.put("use_dora", false);
        json.put("use_rslora", lora.rankStabilized());
        return ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    }

    /** {@code base_model_name_or_path}; empty when the file has none. */
    static String baseModel(Path file) throws IOException {
        return json(file).path("base_model_name_or_path").asText("");
    }

    private static JsonNode json(Path file) throws IOException {
        try {
            return ProtocolJson.MAPPER.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw refused(file, "not JSON", "nothing");
        }
    }

    /** @throws PermanentException {@link ProblemCode#INVALID_INPUT} naming the file and the field */
    static LoraConfig read(Path file) throws IOException {
        JsonNode json = json(file);
        require(file, json, "peft_type", "LORA");
        require(file, json, "bias", "none");
        JsonNode initial = json.path("init_lora_weights");
        if (initial.isTextual() && !initial.asText().equals("gaussian")) {
            // PiSSA, OLoRA and their like change the base model's weights too.
            throw refused(file, "init_lora_weights", initial);
        }
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            if (!UNDERSTOOD.contains(field.getKey()) && isSet(field.getValue())) {
                throw refused(file, field.getKey(), field.getValue());
            }
        }
        Set<Projection> targets = EnumSet.noneOf(Projection.class);
        if (!json.path("target_modules").isArray()) {
            throw refused(file, "target_modules", json.path("target_modules"));
        }
        try {
            json.path("target_modules").forEach(name -> targets.add(Projection.ofLabel(name.asText())));
            return new LoraConfig(
                    json.path("r").asInt(),
                    json.path("lora_alpha").asDouble(),
                    targets,
                    0,
                    json.path("use_rslora").asBoolean(),
                    json.path("lora_dropout").asDouble());
        } catch (IllegalArgumentException e) {
            throw new PermanentException(
                    Problem.of(ProblemCode.INVALID_INPUT).detail("%s: %s", file, e.getMessage()), e);
        }
    }

    private static void require(Path file, JsonNode json, String field, String expected) {
        if (!json.path(field).asText().equals(expected)) {
            throw refused(file, field, json.path(field));
        }
    }

    private static boolean isSet(JsonNode value) {
        return value.isContainerNode() ? !value.isEmpty() : !value.isNull() && !value.equals(falseNode());
    }

    private static JsonNode falseNode() {
        return ProtocolJson.MAPPER.getNodeFactory().booleanNode(false);
    }

    private static PermanentException refused(Path file, String field, Object got) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("%s, %s: got %s, which is not supported", file, field, got)
                .remedy("use a plain LoRA adapter (bias none, one rank, no DoRA) on linear layers of the blocks"));
    }
}
