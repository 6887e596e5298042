package io.veilora.functions.ledger;

import io.veilora.protocol.step.StepRequested;
import java.time.Instant;

/**
 * What one computed step cost.
 *
 * @param step whose it was and what it was
 * @param multiplyAdds tokens · d_in · d_out
 * @param gemmMicros its share of its group's GEMM; 0 if the row was written at a repetition
 */
public record StepUsage(
        StepRequested step, long multiplyAdds, long bytesIn, long bytesOut, long gemmMicros, Instant completedAt) {}
