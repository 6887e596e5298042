package io.veilora.protocol.problem;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.wire.ProtocolJson;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTest {
    private static final String STEP = "6f2c3a1e-0000-4000-8000-000000000001";

    @Test
    void aProblemHasTheGoldenJson() throws Exception {
        Problem problem = Problem.of(ProblemCode.WRONG_SHAPE)
                .detail("features: got %d, expected %d", 7, 16)
                .remedy("check the layer")
                .step(STEP);
        assertThat(ProtocolJson.MAPPER.writeValueAsString(problem))
                .isEqualTo("{\"code\":\"WRONG_SHAPE\",\"title\":\"The tensor has the wrong shape for this layer\","
                        + "\"status\":400,\"retriable\":false,\"detail\":\"features: got 7, expected 16\","
                        + "\"remedy\":\"check the layer\",\"stepId\":\"" + STEP + "\"}");
    }

    @Test
    void whatIsNotKnownIsLeftOutOfTheJson() throws Exception {
        assertThat(ProtocolJson.MAPPER.writeValueAsString(Problem.of(ProblemCode.UNKNOWN_STEP)))
                .doesNotContain("detail", "remedy", "stepId", "null");
    }

    @ParameterizedTest
    @EnumSource
    void everyCodeSurvivesTheJourneyAndBecomesAnExceptionOfItsFamily(ProblemCode code) throws Exception {
        Problem sent = Problem.of(code).detail("d").remedy("r").step(STEP);
        byte[] json = ProtocolJson.MAPPER.writeValueAsBytes(sent);
        Problem read = ProtocolJson.MAPPER.readValue(json, Problem.class);
        assertThat(read).isEqualTo(sent);
        VeiloraException exception = read.toException();
        assertThat(exception).isInstanceOf(code.retriable() ? RetriableException.class : PermanentException.class);
        assertThat(exception.problem()).isEqualTo(sent);
        assertThat(exception).hasMessage(code.title() + ": d. Remedy: r [step " + STEP + "]");
    }

    @Test
    void aProblemFromTheOtherSideCannotSteerATerminalOrAddLinesToALog() throws Exception {
        Problem read = ProtocolJson.MAPPER.readValue(
                "{\"code\":\"TOO_LARGE\",\"title\":\"a\\u001b[2Jb\",\"status\":413,\"retriable\":false,"
                        + "\"detail\":\"c\\r\\nd\\u202ee\",\"remedy\":\"f\\u009bg\",\"stepId\":\"h\\u2028i\"}",
                Problem.class);
        assertThat(read.message()).isEqualTo("a [2Jb: c d e. Remedy: f g [step h i]");
    }

    @Test
    void fieldsOfALaterReleaseAreIgnored() throws Exception {
        Problem read = ProtocolJson.MAPPER.readValue(
                "{\"code\":\"TOO_LARGE\",\"title\":\"t\",\"status\":413,\"retriable\":false,\"type\":\"about:blank\"}",
                Problem.class);
        assertThat(read.code()).isEqualTo(ProblemCode.TOO_LARGE);
    }

    @Test
    void everyCodeHasItsOwnTitleAndAnErrorStatus() {
        assertThat(Arrays.stream(ProblemCode.values()).map(ProblemCode::title)).doesNotHaveDuplicates();
        assertThat(ProblemCode.values())
                .allSatisfy(code -> assertThat(code.httpStatus()).isBetween(400, 599));
    }
}
