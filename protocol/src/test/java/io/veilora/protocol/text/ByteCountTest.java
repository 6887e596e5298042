package io.veilora.protocol.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteCountTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "999, 999 B",
        "1000, 1.0 kB",
        "1500, 1.5 kB",
        "999949, 999.9 kB",
        "999950, 1.0 MB",
        "2800000000, 2.8 GB",
        "1230000000000000, 1230.0 TB"
    })
    void aNumberIsShownInTheUnitThatFits(long bytes, String text) {
        assertThat(ByteCount.text(bytes)).isEqualTo(text);
    }
}
