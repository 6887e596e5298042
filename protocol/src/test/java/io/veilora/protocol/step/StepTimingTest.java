package io.veilora.protocol.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepTimingTest {
    private static final StepTiming TIMING = new StepTiming(1, 20_500, 3_000_000, 0).withTotal(987_654_321);

    @Test
    void theHeaderIsServerTimingInMilliseconds() {
        assertThat(TIMING.toHeader())
                .isEqualTo("gemm;dur=0.001, queue;dur=20.500, store;dur=3000.000, total;dur=987654.321");
        assertThat(StepTiming.ofHeader(TIMING.toHeader())).isEqualTo(TIMING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"de-DE", "ar-EG", "hi-IN-u-nu-deva"})
    void theHeaderIsTheSameWhateverLanguageTheMachineSpeaks(String language) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(language));
        try {
            assertThat(TIMING.toHeader()).contains("gemm;dur=0.001");
            assertThat(StepTiming.ofHeader(TIMING.toHeader())).isEqualTo(TIMING);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void whatIsMissingOrMalformedCountsAsZero() {
        StepTiming none = new StepTiming(0, 0, 0, 0);
        assertThat(StepTiming.ofHeader(null)).isEqualTo(none);
        assertThat(StepTiming.ofHeader("")).isEqualTo(none);
        assertThat(StepTiming.ofHeader(",;,dur=,gemm;dur=;dur=1,=")).isEqualTo(none);
        assertThat(StepTiming.ofHeader("gemm;dur=NaN, queue;dur=x, cdn;dur=7, store;dur=2"))
                .isEqualTo(new StepTiming(0, 0, 2000, 0));
    }
}
