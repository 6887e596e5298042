package io.veilora.functions.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0,0,1",
        "bytes=10-19,10,10",
        "bytes=90-,90,10",
        "bytes=95-200,95,5",
        "bytes=-5,95,5",
        "bytes=-500,0,100"
    })
    void aSingleRangeIsCutToTheFile(String header, long first, long count) {
        assertThat(ByteRange.parse(header, 100)).hasValue(new ByteRange(first, count));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=-", "bytes=5-2", "bytes=0-1,4-5", "items=0-1", "bytes=a-b", ""})
    void whatIsNotASingleRangeMeansTheWholeFile(String header) {
        assertThat(ByteRange.parse(header, 100)).isEmpty();
        assertThat(ByteRange.parse(null, 100)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=200-300", "bytes=-0"})
    void aRangeBehindTheEndCannotBeSatisfied(String header) {
        assertThat(ByteRange.parse(header, 100)).hasValueSatisfying(range -> {
            assertThat(range.satisfiable()).isFalse();
            assertThat(range.contentRange(100)).isEqualTo("bytes */100");
        });
    }

    @Test
    void contentRangeNamesFirstLastAndSize() {
        assertThat(new ByteRange(10, 10).contentRange(100)).isEqualTo("bytes 10-19/100");
    }
}
