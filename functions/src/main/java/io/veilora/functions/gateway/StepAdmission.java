package io.veilora.functions.gateway;

import io.veilora.functions.limit.Admissions;
import io.veilora.functions.limit.SpendLimit;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.tenant.Principal;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.VeiloraException;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.UUID;

/** What a step must pass before its body is read: this gateway's own bound, then the tenant's limits. */
@ApplicationScoped
public class StepAdmission {
    private final InFlight inFlight;
    private final Admissions admissions;
    private final SpendLimit spend;
    private final BlobStore blobs;

    StepAdmission(InFlight inFlight, Admissions admissions, SpendLimit spend, BlobStore blobs) {
        this.inFlight = inFlight;
        this.admissions = admissions;
        this.spend = spend;
        this.blobs = blobs;
    }

    /**
     * Lets a step in; the place is to be closed when it is answered.
     *
     * @param contentLength as the client says, or -1
     * @throws VeiloraException TOO_MANY_REQUESTS, RATE_LIMITED or SPENT
     */
    InFlight.Place enter(Principal caller, UUID stepId, long contentLength) throws IOException {
        requireBudget(caller, stepId);
        if (caller.limits().bytesPerDay() != null && contentLength < 0) {
            throw new PermanentException(
                    ProblemResponses.invalid(411, "Content-Length: expected one, for this tenant's bytes are limited"));
        }
        InFlight.Place here = inFlight.enter(caller.tenant());
        try {
            Admissions.Place everywhere =
                    admissions.enter(caller.tenant(), caller.limits(), Math.max(0, contentLength));
            return () -> {
                here.close();
                everywhere.close();
            };
        } catch (RuntimeException e) {
            here.close();
            throw e;
        }
    }

    /** What was paid for already can be fetched by the same request, whatever was spent since. */
    private void requireBudget(Principal caller, UUID stepId) throws IOException {
        try {
            spend.require(caller.tenant(), caller.limits());
        } catch (PermanentException e) {
            if (!blobs.exists(new BlobName(caller.tenant(), stepId, Kind.CLAIM))) {
                throw e;
            }
        }
    }
}
