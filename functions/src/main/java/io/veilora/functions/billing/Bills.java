package io.veilora.functions.billing;

import io.veilora.functions.billing.PriceList.Segment;
import io.veilora.protocol.account.Statement;
import io.veilora.protocol.account.UsageRow;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Usage with its price: every entry by the version of the price list that was valid when it was written. */
public final class Bills {
    /** What usage is summed up by; all three if none is named. */
    public enum By {
        DAY,
        MODEL,
        RUN
    }

    private final UsageTotals totals;
    private final PriceFile prices;

    public Bills(UsageTotals totals, PriceFile prices) {
        this.totals = totals;
        this.prices = prices;
    }

    /** The bill of a month UTC, so far if it is not over. */
    public Statement statement(String tenant, YearMonth month) {
        Instant from = start(month);
        Instant until = start(month.plusMonths(1));
        Optional<PriceList> list = prices.current();
        List<Statement.Line> lines = new ArrayList<>();
        for (Segment segment : segments(list, from, until)) {
            for (UsageTotals.Row row : totals.byModel(tenant, segment.from(), segment.until())) {
                lines.add(line(segment, row));
            }
        }
        return new Statement(
                tenant,
                month.toString(),
                list.map(PriceList::currency).orElse(null),
                lines,
                lines.stream()
                        .map(Statement.Line::amount)
                        .filter(amount -> amount != null)
                        .reduce(BigDecimal.ZERO.setScale(Price.SCALE), BigDecimal::add),
                lines.stream()
                        .filter(line -> line.amount() == null)
                        .mapToLong(Statement.Line::steps)
                        .sum(),
                !Instant.now().isBefore(until));
    }

    private static Statement.Line line(Segment segment, UsageTotals.Row row) {
        BigDecimal amount = amount(segment, row.model(), row.sums());
        return new Statement.Line(
                row.model(),
                amount == null ? null : segment.version().name(),
                segment.from().toString(),
                segment.until().toString(),
                row.sums().steps(),
                row.sums().tokens(),
                row.sums().multiplyAdds(),
                row.sums().bytes(),
                amount);
    }

    /** What a tenant has spent between two times; what has no price counts nothing. */
    public BigDecimal spent(String tenant, Instant from, Instant until) {
        BigDecimal spent = BigDecimal.ZERO;
        for (Segment segment : segments(prices.current(), from, until)) {
            for (UsageTotals.Row row : totals.byModel(tenant, segment.from(), segment.until())) {
                BigDecimal amount = amount(segment, row.model(), row.sums());
                spent = amount == null ? spent : spent.add(amount);
            }
        }
        return spent;
    }

    /** Usage by day, model and run, or by some of them, in their order. */
    public List<UsageRow> usage(String tenant, Instant from, Instant until, List<By> by) {
        Map<List<String>, Priced> rows = new TreeMap<>(Bills::compare);
        for (Segment segment : segments(prices.current(), from, until)) {
            for (UsageTotals.Row row : totals.byDayModelAndRun(tenant, segment.from(), segment.until())) {
                Priced priced = new Priced(row.sums(), amount(segment, row.model(), row.sums()));
                rows.merge(recordKey(row, by), priced, Priced::plus);
            }
        }
        List<UsageRow> usage = new ArrayList<>();
        rows.forEach((names, priced) -> usage.add(priced.row(names, by)));
        return usage;
    }

    private static List<String> recordKey(UsageTotals.Row row, List<By> by) {
        return List.of(
                by.contains(By.DAY) ? row.day() : "",
                by.contains(By.MODEL) ? row.model() : "",
                by.contains(By.RUN) ? row.run() : "");
    }

    private static int compare(List<String> one, List<String> other) {
        for (int i = 0; i < one.size(); i++) {
            int order = one.get(i).compareTo(other.get(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    /** @param amount null if a part has no price */
    private record Priced(Sums sums, BigDecimal amount) {
        Priced plus(Priced other) {
            return new Priced(
                    sums.plus(other.sums), amount == null || other.amount == null ? null : amount.add(other.amount));
        }

        UsageRow row(List<String> names, List<By> by) {
            return new UsageRow(
                    by.contains(By.DAY) ? names.get(0) : null,
                    by.contains(By.MODEL) ? names.get(1) : null,
                    by.contains(By.RUN) ? names.get(2) : null,
                    sums.steps(),
                    sums.tokens(),
                    sums.multiplyAdds(),
                    sums.bytesIn(),
                    sums.bytesOut(),
                    sums.gemmMicros(),
                    amount);
        }
    }

    private static BigDecimal amount(Segment segment, String model, Sums sums) {
        return segment.version() == null
                ? null
                : segment.version()
                        .price(model)
                        .map(price -> price.amount(sums))
                        .orElse(null);
    }

    private static List<Segment> segments(Optional<PriceList> list, Instant from, Instant until) {
        return list.map(prices -> prices.segments(from, until)).orElse(List.of(new Segment(from, until, null)));
    }

    static Instant start(YearMonth month) {
        return month.atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
    }
}
