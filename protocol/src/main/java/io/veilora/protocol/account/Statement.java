package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/**
 * A month's bill.
 *
 * @param month UTC, as in 2026-11
 * @param currency null if there is no price list
 * @param total sum of the lines that have a price
 * @param unpricedSteps steps of models or times without a price, in lines without an amount
 * @param complete whether the month is over
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Statement(
        String tenant,
        String month,
        String currency,
        List<Line> lines,
        @JsonFormat(shape = JsonFormat.Shape.STRING) BigDecimal total,
        long unpricedSteps,
        boolean complete) {
    /**
     * A model under one version of the price list.
     *
     * @param priceVersion null if there was no price
     * @param from RFC 3339, where the version begins within the month
     * @param until RFC 3339, exclusive
     * @param bytes of requests and answers
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Line(
            String model,
            String priceVersion,
            String from,
            String until,
            long steps,
            long tokens,
            BigInteger multiplyAdds,
            long bytes,
            @JsonFormat(shape = JsonFormat.Shape.STRING) BigDecimal amount) {}
}
