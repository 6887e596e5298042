package io.veilora.functions.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.billing.PriceList.Segment;
import io.veilora.functions.billing.PriceList.Version;
import io.veilora.protocol.problem.PermanentException;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PriceListTest {
    private static final Instant JANUARY = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant JULY = Instant.parse("2026-07-01T00:00:00Z");
    private static final Instant AUGUST = Instant.parse("2026-08-01T00:00:00Z");
    private static final Price PRICE = new Price(new BigDecimal("0.02"), new BigDecimal("0.5"), new BigDecimal("1e-6"));

    @TempDir
    Path folder;

    @Test
    void aGapAnOverlapAndARepeatedNameAreRefusedByTheirTimes() {
        Version first = version("1", JANUARY, JULY);
        assertThatThrownBy(() -> new PriceList("EUR", List.of(first, version("2", AUGUST, null))))
                .hasMessageContaining("between version 1 and 2")
                .hasMessageContaining("2026-07-01")
                .hasMessageContaining("2026-08-01");
        assertThatThrownBy(() -> new PriceList("EUR", List.of(version("1", JANUARY, AUGUST), version("2", JULY, null))))
                .hasMessageContaining("no gap and no overlap");
        assertThatThrownBy(() -> new PriceList("EUR", List.of(version("1", JANUARY, null), version("2", JULY, null))))
                .hasMessageContaining("no gap and no overlap");
        assertThatThrownBy(() -> new PriceList("EUR", List.of(first, version("1", JULY, null))))
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> new PriceList("EUR", List.of())).hasMessageContaining("one at least");
        assertThatThrownBy(() -> new Price(new BigDecimal("-1"), null, null)).hasMessageContaining("at least 0");
    }

    @Test
    void aPeriodIsCutWhereVersionsChangeAndBeforeTheFirstThereIsNoPrice() {
        Version first = version("1", JANUARY, JULY);
        Version second = version("2", JULY, null);
        PriceList list = new PriceList("EUR", List.of(first, second));
        Instant before = Instant.parse("2025-12-01T00:00:00Z");
        assertThat(list.segments(before, AUGUST))
                .containsExactly(
                        new Segment(before, JANUARY, null),
                        new Segment(JANUARY, JULY, first),
                        new Segment(JULY, AUGUST, second));
        assertThat(list.at(JULY)).contains(second);
        assertThat(list.at(JULY.minusNanos(1))).contains(first);
        assertThat(list.at(before)).isEmpty();
    }

    @Test
    void anAmountIsExactAndRoundedOnceAtTheEnd() {
        Sums sums = new Sums(3, 768, new BigInteger("50000000000001"), 1_500_000_000, 500_000_000, 9);
        // 0.02 * 50.000000000001 + 0.5 * 2 + 3e-6
        assertThat(PRICE.amount(sums)).isEqualByComparingTo("2.000003");
        BigInteger beyond64Bits = BigInteger.TEN.pow(20);
        assertThat(PRICE.amount(new Sums(0, 0, beyond64Bits, 0, 0, 0))).isEqualByComparingTo("2000000");
    }

    @Test
    void aFileIsReadWithItsModelsAndAgainWhenItHasChanged() throws IOException {
        Path file = write("0.02", 1);
        PriceFile prices = new PriceFile(file);
        assertThat(perTera(prices, "llama-1b")).isEqualByComparingTo("0.02");
        assertThat(perTera(prices, "another")).isEqualByComparingTo("0.01");
        write("0.03", 2);
        assertThat(perTera(prices, "llama-1b")).isEqualByComparingTo("0.03");
        Files.writeString(file, "{");
        Files.setLastModifiedTime(file, FileTime.fromMillis(3000));
        assertThat(perTera(prices, "llama-1b"))
                .as("a wrong file is passed over")
                .isEqualByComparingTo("0.03");
    }

    @Test
    void aFirstFileThatIsWrongIsAProblemThatNamesIt() throws IOException {
        Path file = Files.writeString(folder.resolve("prices.json"), "{\"currency\": \"EUR\", \"versions\": []}");
        assertThatThrownBy(() -> new PriceFile(file).current())
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("one at least");
        assertThatThrownBy(() -> new PriceFile(folder.resolve("none")).current())
                .isInstanceOf(PermanentException.class);
        assertThat(new PriceFile(null).current()).isEmpty();
    }

    private static BigDecimal perTera(PriceFile prices, String model) {
        Version version = prices.current().orElseThrow().versions().getFirst();
        return version.price(model).orElseThrow().perTeraMultiplyAdds();
    }

    private Path write(String price, long second) throws IOException {
        Path file = Files.writeString(folder.resolve("prices.json"), """
                {"currency": "EUR", "versions": [{"version": "1", "from": "2026-01-01T00:00:00Z", "models": {
                  "llama-1b": {"perTeraMultiplyAdds": "%s", "perGigabyte": "0.5"},
                  "*": {"perTeraMultiplyAdds": "0.01"}}}]}
                """.formatted(price));
        return Files.setLastModifiedTime(file, FileTime.fromMillis(1000 * second));
    }

    private static Version version(String name, Instant from, Instant until) {
        return new Version(name, from, until, Map.of("*", PRICE));
    }
}
