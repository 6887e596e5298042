package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;

/**
 * How much a tenant may use, at all gateways together; null is without limit.
 *
 * @param stepsPerSecond requests with a step; as many may come at once as in one second
 * @param concurrentSteps requests with a step that are being answered
 * @param bytesPerDay bytes of steps sent, repetitions included, from midnight to midnight UTC
 * @param spendPerMonth in the price list's currency, for a month UTC
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TenantLimits(
        Integer stepsPerSecond,
        Integer concurrentSteps,
        Long bytesPerDay,
        @JsonFormat(shape = JsonFormat.Shape.STRING) BigDecimal spendPerMonth) {
    public static final TenantLimits NONE = new TenantLimits(null, null, null, null);

    /** @throws IllegalArgumentException for a limit that is not positive */
    public TenantLimits {
        requirePositive("stepsPerSecond", stepsPerSecond);
        requirePositive("concurrentSteps", concurrentSteps);
        requirePositive("bytesPerDay", bytesPerDay);
        if (spendPerMonth != null && spendPerMonth.signum() <= 0) {
            throw new IllegalArgumentException("spendPerMonth: got " + spendPerMonth + ", expected more than 0");
        }
    }

    private static void requirePositive(String name, Number limit) {
        if (limit != null && limit.longValue() <= 0) {
            throw new IllegalArgumentException(name + ": got " + limit + ", expected more than 0");
        }
    }
}
