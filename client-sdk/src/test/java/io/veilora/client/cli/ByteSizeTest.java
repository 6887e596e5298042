package io.veilora.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ByteSizeTest {
    private final ByteSize.Converter converter = new ByteSize.Converter();

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "17, 17",
        "17B, 17",
        "500MB, 500000000",
        "2.5GB, 2500000000",
        "2.5 gb, 2500000000",
        "1k, 1000",
        "4GiB, 4294967296",
        "3mib, 3145728",
        "1T, 1000000000000"
    })
    void sizesAreReadAsPeopleWriteThem(String text, long bytes) {
        assertThat(converter.convert(text)).isEqualTo(new ByteSize(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GB", "-1", "1PB", "1 0", "1e9", "much", "1,5GB", "5i", "5iB"})
    void anythingElseIsRefusedWithExamples(String text) {
        assertThatThrownBy(() -> converter.convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContainingAll("'" + text + "'", "2.5GB");
    }
}
