package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.veilora.protocol.model.Direction;
import java.util.UUID;

/**
 * An entry of the ledger for an external billing system: the data of the event {@link #TYPE}, whose id is the step id and
 * whose source names the tenant.
 *
 * @param run as the client named it; null for none
 * @param tokens padded
 * @param completed RFC 3339
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UsageRecorded(
        UUID stepId,
        String tenant,
        String model,
        String layer,
        Direction direction,
        String run,
        int tokens,
        long multiplyAdds,
        long bytesIn,
        long bytesOut,
        long gemmMicros,
        String completed) {
    public static final String TYPE = "io.veilora.usage.recorded.v1";
}
