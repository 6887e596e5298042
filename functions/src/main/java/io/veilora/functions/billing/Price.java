package io.veilora.functions.billing;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * The price of a model.
 *
 * <p>{@code amount = perTeraMultiplyAdds · multiply-adds / 10^12 + perGigabyte · bytes / 10^9 + perStep · steps}. All of
 * it is known before a run: that is why time on a GPU is no part of it.
 *
 * @param perGigabyte of requests and answers
 */
public record Price(BigDecimal perTeraMultiplyAdds, BigDecimal perGigabyte, BigDecimal perStep) {
    /** Decimal places of every amount. */
    static final int SCALE = 6;

    /** What is left out is free. @throws IllegalArgumentException for a price below 0 */
    public Price {
        perTeraMultiplyAdds = checked("perTeraMultiplyAdds", perTeraMultiplyAdds);
        perGigabyte = checked("perGigabyte", perGigabyte);
        perStep = checked("perStep", perStep);
    }

    private static BigDecimal checked(String name, BigDecimal price) {
        if (price != null && price.signum() < 0) {
            throw new IllegalArgumentException(name + ": got " + price + ", expected at least 0");
        }
        return price == null ? BigDecimal.ZERO : price;
    }

    /** Rounded once, at the end. */
    BigDecimal amount(Sums sums) {
        return perTeraMultiplyAdds
                .multiply(new BigDecimal(sums.multiplyAdds()).movePointLeft(12))
                .add(perGigabyte.multiply(BigDecimal.valueOf(sums.bytes(), 9)))
                .add(perStep.multiply(BigDecimal.valueOf(sums.steps())))
                .setScale(SCALE, RoundingMode.HALF_UP);
    }
}
