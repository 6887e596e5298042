package io.veilora.functions.limit;

import io.veilora.functions.billing.Bills;
import io.veilora.protocol.account.TenantLimits;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A tenant's budget for a month. What is spent is read from the ledger, which all gateways share, and believed for some
 * seconds: so a tenant can overspend by what it uses in that time. Days that are over are summed up once.
 */
public final class SpendLimit {
    /** An entry is written at the end of its step: yesterday's may still come for a while. */
    private static final Duration LATE_ENTRIES = Duration.ofHours(1);

    private final Bills bills;
    private final Duration keep;
    private final Map<String, Spent> spent = new ConcurrentHashMap<>();

    /** @param keep how long an answer of the ledger is believed */
    public SpendLimit(Bills bills, Duration keep) {
        this.bills = bills;
        this.keep = keep;
    }

    /**
     * What is known.
     *
     * @param settled until when {@code before} counts, the start of a day
     * @param before spent from the month's start until then
     * @param amount spent in the month so far
     */
    private record Spent(Instant settled, BigDecimal before, BigDecimal amount, Instant asked) {}

    /** @throws PermanentException SPENT, with the time until the next month, if the budget is used up */
    public void require(String tenant, TenantLimits limits) {
        if (limits.spendPerMonth() == null) {
            return;
        }
        Instant now = Instant.now();
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        Spent known = spent.compute(tenant, (name, before) -> isFresh(before, now) ? before : ask(name, before, now));
        if (known.amount.compareTo(limits.spendPerMonth()) >= 0) {
            Instant next = start(today.withDayOfMonth(1).plusMonths(1));
            throw new PermanentException(Problem.of(ProblemCode.SPENT)
                    .detail(
                            "spent %s this month (UTC), expected less than %s",
                            known.amount.toPlainString(), limits.spendPerMonth().toPlainString())
                    .remedy("ask the provider for a higher limit, or go on next month")
                    .retryAfter(Duration.between(now, next).toSeconds() + 1));
        }
    }

    private boolean isFresh(Spent known, Instant now) {
        return known != null && now.isBefore(known.asked.plus(keep)) && !now.isBefore(known.asked);
    }

    private Spent ask(String tenant, Spent before, Instant now) {
        Instant month = start(LocalDate.ofInstant(now, ZoneOffset.UTC).withDayOfMonth(1));
        Instant settled = start(LocalDate.ofInstant(now.minus(LATE_ENTRIES), ZoneOffset.UTC));
        if (settled.isBefore(month)) {
            settled = month;
        }
        BigDecimal settledAmount =
                before != null && before.settled.equals(settled) ? before.before : bills.spent(tenant, month, settled);
        BigDecimal rest = bills.spent(tenant, settled, now.plus(LATE_ENTRIES));
        return new Spent(settled, settledAmount, settledAmount.add(rest), now);
    }

    private static Instant start(LocalDate day) {
        return day.atStartOfDay().toInstant(ZoneOffset.UTC);
    }
}
