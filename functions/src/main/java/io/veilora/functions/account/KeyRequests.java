package io.veilora.functions.account;

import io.veilora.functions.tenant.Actor;
import io.veilora.functions.tenant.ApiKeyAccounts;
import io.veilora.protocol.account.ApiKeyAccount;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.UUID;

/** Requests about the keys of one tenant, the same for itself and for the operator. */
@ApplicationScoped
public class KeyRequests {
    private static final Duration LONGEST_OVERLAP = Duration.ofDays(30);

    private final ApiKeyAccounts keys;

    KeyRequests(ApiKeyAccounts keys) {
        this.keys = keys;
    }

    byte[] list(String tenant, String cursor, int limit) {
        return JsonBody.write(keys.page(tenant, cursor, Paging.limit(limit)));
    }

    Response create(Actor actor, String tenant, byte[] body, String idempotencyKey) {
        ApiKeyAccount.Wanted wanted = JsonBody.read(body, ApiKeyAccount.Wanted.class);
        return made(keys.create(actor, tenant, wanted, idempotencyKey));
    }

    private static Response made(ApiKeyAccount.Created made) {
        return Response.status(made.secret() == null ? Response.Status.OK : Response.Status.CREATED)
                .header("Cache-Control", "no-store")
                .entity(JsonBody.write(made))
                .build();
    }

    Response rotate(Actor actor, String tenant, String id, Integer overlapHours, String idempotencyKey) {
        Duration overlap = overlapHours == null ? ApiKeyAccounts.USUAL_OVERLAP : Duration.ofHours(overlapHours);
        if (overlap.isNegative() || overlap.compareTo(LONGEST_OVERLAP) > 0) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                    .detail("overlapHours: got %d, expected 0 to %d", overlapHours, LONGEST_OVERLAP.toHours()));
        }
        return made(keys.rotate(actor, tenant, id(id), overlap, idempotencyKey));
    }

    byte[] revoke(Actor actor, String tenant, String id) {
        return JsonBody.write(keys.revoke(actor, tenant, id(id)));
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                    .detail("API key: got '%.40s', expected its id, a UUID", text));
        }
    }
}
