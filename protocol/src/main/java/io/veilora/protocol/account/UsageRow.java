package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * What was used, summed up. Fields that the sum goes over are null.
 *
 * @param day UTC, as in 2026-11-25
 * @param run as the client named it; empty for steps without a name
 * @param tokens padded
 * @param multiplyAdds tokens · d_in · d_out
 * @param bytesIn of requests
 * @param bytesOut of answers
 * @param gemmMicros the steps' shares of the provider's GEMMs
 * @param amount in the price list's currency; null if a part of it has no price
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UsageRow(
        String day,
        String model,
        String run,
        long steps,
        long tokens,
        BigInteger multiplyAdds,
        long bytesIn,
        long bytesOut,
        long gemmMicros,
        @JsonFormat(shape = JsonFormat.Shape.STRING) BigDecimal amount) {}
