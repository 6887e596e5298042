package io.veilora.functions.billing;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.functions.billing.Bills.By;
import io.veilora.functions.database.Database;
import io.veilora.functions.ledger.StepUsage;
import io.veilora.functions.ledger.UsageLedger;
import io.veilora.protocol.account.Statement;
import io.veilora.protocol.account.UsageRow;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.AnswerBits;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Usage and bills from the ledger, on H2 and on a real PostgreSQL. */
class BillsOnBothDatabasesTest {
    private static final String BOTH = "io.veilora.functions.database.TestDatabases#both";
    private static final long TERA = 1_000_000_000_000L;

    @TempDir
    Path folder;

    private final String tenant = "t-" + UUID.randomUUID();
    private final String other = "t-" + UUID.randomUUID();

    /** Version 1 until the 15th of November, 2 from then on; nothing before October. */
    private PriceFile prices() throws IOException {
        return new PriceFile(Files.writeString(folder.resolve("prices.json"), """
                {"currency": "EUR", "versions": [
                  {"version": "1", "from": "2026-10-01T00:00:00Z", "until": "2026-11-15T00:00:00Z",
                   "models": {"big": {"perTeraMultiplyAdds": 2, "perStep": "0.5"}}},
                  {"version": "2", "from": "2026-11-15T00:00:00Z",
                   "models": {"big": {"perTeraMultiplyAdds": 3, "perGigabyte": 1}}}]}
                """));
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void everyEntryHasThePriceOfItsTimeAndTheTotalIsTheSumOfTheLines(DataSource source) throws Exception {
        Bills bills = bills(source);
        write(source, entry(tenant, "big", "run-a", "2026-11-14T23:59:59.999999Z"));
        write(source, entry(tenant, "big", "run-a", "2026-11-15T00:00:00Z"));
        write(source, entry(tenant, "big", null, "2026-11-30T23:59:59Z"));
        write(source, entry(tenant, "big", null, "2026-12-01T00:00:00Z"));
        write(source, entry(other, "big", null, "2026-11-20T00:00:00Z"));
        Statement statement = bills.statement(tenant, YearMonth.of(2026, 11));
        assertThat(statement.lines()).extracting(Statement.Line::priceVersion).containsExactly("1", "2");
        assertThat(statement.lines()).extracting(Statement.Line::steps).containsExactly(1L, 2L);
        // 2 * 1 + 0.5, and twice 3 * 1 + 1 * 1.5
        assertThat(statement.lines().get(0).amount()).isEqualByComparingTo("2.5");
        assertThat(statement.lines().get(1).amount()).isEqualByComparingTo("9");
        assertThat(statement.total()).isEqualByComparingTo("11.5");
        assertThat(statement.unpricedSteps()).isZero();
        assertThat(StatementCsv.of(statement).lines().toList())
                .hasSize(4)
                .last()
                .asString()
                .isEqualTo(tenant + ",2026-11,total,,,,,,,,11.500000,EUR");
        assertThat(bills.spent(tenant, Instant.parse("2026-11-01T00:00:00Z"), Instant.parse("2026-12-01T00:00:00Z")))
                .isEqualByComparingTo("11.5");
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void whatHasNoPriceIsOnTheBillAndSaysSo(DataSource source) throws Exception {
        Bills bills = bills(source);
        write(source, entry(tenant, "unknown", null, "2026-11-14T00:00:00Z"));
        write(source, entry(tenant, "big", null, "2026-09-30T23:59:59Z"));
        Statement november = bills.statement(tenant, YearMonth.of(2026, 11));
        assertThat(november.unpricedSteps()).isOne();
        assertThat(november.lines())
                .singleElement()
                .extracting(Statement.Line::amount)
                .isNull();
        assertThat(bills.statement(tenant, YearMonth.of(2026, 9)).unpricedSteps())
                .isOne();
        Statement without = new Bills(new UsageTotals(new Database(source)), new PriceFile(null))
                .statement(tenant, YearMonth.of(2026, 11));
        assertThat(without.currency()).isNull();
        assertThat(without.unpricedSteps()).isOne();
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void usageIsSummedByDayModelAndRunOrBySomeOfThem(DataSource source) throws Exception {
        Bills bills = bills(source);
        write(source, entry(tenant, "big", "run-a", "2026-11-14T10:00:00Z"));
        write(source, entry(tenant, "big", "run-b", "2026-11-14T11:00:00Z"));
        write(source, entry(tenant, "big", "run-a", "2026-11-15T10:00:00Z"));
        write(source, entry(other, "big", "run-a", "2026-11-15T10:00:00Z"));
        Instant from = Instant.parse("2026-11-01T00:00:00Z");
        Instant until = Instant.parse("2026-12-01T00:00:00Z");
        List<UsageRow> all = bills.usage(tenant, from, until, List.of(By.values()));
        assertThat(all).extracting(UsageRow::day).containsExactly("2026-11-14", "2026-11-14", "2026-11-15");
        assertThat(all).extracting(UsageRow::run).containsExactly("run-a", "run-b", "run-a");
        List<UsageRow> byRun = bills.usage(tenant, from, until, List.of(By.RUN));
        assertThat(byRun).extracting(UsageRow::run).containsExactly("run-a", "run-b");
        assertThat(byRun).extracting(UsageRow::steps).containsExactly(2L, 1L);
        assertThat(byRun.getFirst().day()).isNull();
        assertThat(byRun.getFirst().amount()).isEqualByComparingTo(new BigDecimal("7"));
        assertThat(bills.usage("nobody", from, until, List.of(By.RUN))).isEmpty();
    }

    private Bills bills(DataSource source) throws IOException {
        return new Bills(new UsageTotals(new Database(source)), prices());
    }

    private static void write(DataSource source, StepUsage entry) throws SQLException {
        new UsageLedger(source).record(List.of(entry));
    }

    /** 10^12 multiply-adds and 1.5 GB. */
    private static StepUsage entry(String tenant, String model, String run, String at) {
        StepRequested step = new StepRequested(
                UUID.randomUUID(),
                tenant,
                model,
                LayerId.LM_HEAD,
                Direction.FORWARD,
                256,
                AnswerBits.BITS_16,
                "digest",
                run,
                1);
        return new StepUsage(step, TERA, 1_000_000_000, 500_000_000, 7, Instant.parse(at));
    }
}
