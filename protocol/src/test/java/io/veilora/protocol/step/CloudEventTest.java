package io.veilora.protocol.step;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.ProtocolJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloudEventTest {
    private static final UUID STEP = UUID.fromString("6f2c3a1e-0000-4000-8000-000000000001");
    private static final StepRequested REQUESTED = new StepRequested(
            STEP,
            "clinic",
            "llama",
            LayerId.parse("blocks.3.gate_up"),
            Direction.BACKWARD,
            512,
            AnswerBits.BITS_16,
            "ab".repeat(32),
            1_700_000_000_000_001L);

    private static byte[] encode(String type, Object data) {
        return CloudEvent.encode(type, "gateway-1", STEP, data);
    }

    @Test
    void anEventHasTheGoldenJsonButForItsIdAndTime() throws Exception {
        byte[] bytes = encode(StepRequested.TYPE, REQUESTED);
        ObjectNode json = (ObjectNode) ProtocolJson.MAPPER.readTree(bytes);
        assertThat(UUID.fromString(json.get("id").asText())).isNotEqualTo(STEP);
        assertThat(Instant.parse(json.get("time").asText())).isAfter(Instant.EPOCH);
        json.put("id", "ID").put("time", "TIME");
        assertThat(ProtocolJson.MAPPER.writeValueAsString(json))
                .isEqualTo("{\"specversion\":\"1.0\",\"id\":\"ID\",\"source\":\"gateway-1\","
                        + "\"type\":\"io.veilora.step.requested.v1\",\"subject\":\"" + STEP + "\",\"time\":\"TIME\","
                        + "\"datacontenttype\":\"application/json\",\"data\":{\"stepId\":\"" + STEP + "\","
                        + "\"tenant\":\"clinic\",\"model\":\"llama\",\"layer\":\"blocks.3.gate_up\","
                        + "\"direction\":\"backward\",\"tokens\":512,\"answerBits\":\"BITS_16\","
                        + "\"requestDigest\":\"" + "ab".repeat(32) + "\",\"requestedAtMicros\":1700000000000001}}");
    }

    @Test
    void twoEventsAboutOneStepHaveDifferentIds() {
        assertThat(CloudEvent.decode(encode("t", REQUESTED)).id())
                .isNotEqualTo(CloudEvent.decode(encode("t", REQUESTED)).id());
    }

    @Test
    void aRequestedStepComesBackAsItWas() {
        CloudEvent event = CloudEvent.decode(encode(StepRequested.TYPE, REQUESTED));
        assertThat(event.subject()).isEqualTo(STEP.toString());
        assertThat(event.data(StepRequested.class)).isEqualTo(REQUESTED);
        assertThat(REQUESTED.recordKey()).isEqualTo("llama/blocks.3.gate_up/backward");
    }

    @Test
    void aFinishedStepComesBackAsItWas() {
        StepFinished completed = new StepFinished(STEP, "clinic", "cd", new StepTiming(1, 2, 3, 4), null);
        Problem problem = Problem.of(ProblemCode.STEP_FAILED).detail("d").step(STEP.toString());
        StepFinished failed = new StepFinished(STEP, "clinic", "cd", null, problem);
        assertThat(completed.type()).isEqualTo("io.veilora.step.completed.v1");
        assertThat(failed.type()).isEqualTo("io.veilora.step.failed.v1");
        for (StepFinished finished : new StepFinished[] {completed, failed}) {
            byte[] bytes = encode(finished.type(), finished);
            assertThat(CloudEvent.decode(bytes).data(StepFinished.class)).isEqualTo(finished);
            assertThat(new String(bytes, StandardCharsets.UTF_8)).doesNotContain("null");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "{",
                "[]",
                "7",
                "\"text\"",
                "{}",
                "{\"specversion\":\"1.0\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"data\":{}}",
                "{\"specversion\":\"0.3\",\"type\":\"t\",\"data\":{}}",
                "{\"type\":\"t\",\"data\":{}}",
                "\u0000\u0001\u0002"
            })
    void whatIsNoCloudEventIsPoisonAndSaysSoWithoutItsText(String bytes) {
        assertProblem(ProblemCode.POISON_EVENT, () -> CloudEvent.decode(bytes.getBytes(StandardCharsets.UTF_8)))
                .contains("got ", "dead-letter");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "7",
                "\"secret words\"",
                "[]",
                "{\"layer\":\"blocks.x.secret words\"}",
                "{\"layer\":5}",
                "{\"direction\":\"secret words\"}",
                "{\"stepId\":\"secret words\"}",
                "{\"tokens\":\"secret words\"}"
            })
    void dataOfAnotherFormIsPoisonAndIsNotRepeated(String data) {
        String event = "{\"specversion\":\"1.0\",\"type\":\"io.veilora.x\",\"data\":" + data + "}";
        assertProblem(ProblemCode.POISON_EVENT, () -> CloudEvent.decode(event.getBytes(StandardCharsets.UTF_8))
                        .data(StepRequested.class))
                .contains("io.veilora.x")
                .doesNotContain("secret");
    }
}
