package io.veilora.functions.gateway;

import io.veilora.functions.tenant.Actor;
import io.veilora.functions.tenant.Principal;
import io.veilora.protocol.account.Role;
import io.veilora.protocol.account.Scope;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.RequestScoped;
import java.util.function.Consumer;

/** Who sent this request, and when its first byte was here. Nobody learns a name without naming what it is for. */
@RequestScoped
public class Caller {
    private final HttpServerRequest request;
    private volatile Principal principal;
    private long startNanos;

    Caller(HttpServerRequest request) {
        this.request = request;
    }

    /** A request begins. @return takes who sent it, on any thread */
    Consumer<Principal> begin(long nanos) {
        startNanos = nanos;
        return found -> principal = found;
    }

    /** The tenant, for something that belongs to it. @throws PermanentException FORBIDDEN if the key is not for that */
    public String tenant(Scope scope) {
        return principal(scope).tenant();
    }

    /** The same with its limits. */
    Principal principal(Scope scope) {
        if (!principal.scopes().contains(scope)) {
            throw forbidden("scope: expected '" + scope.label() + "'");
        }
        return principal;
    }

    /** The operator, for the audit log. @throws PermanentException FORBIDDEN for everybody else */
    public Actor operator() {
        principal(Scope.ADMIN);
        if (principal.role() != Role.OPERATOR) {
            throw forbidden("this is for operators");
        }
        return actor();
    }

    /** Whoever it is, for the audit log. */
    public Actor actor() {
        return new Actor(
                principal.tenant(), principal.apiKey(), request.remoteAddress().hostAddress());
    }

    /** {@link System#nanoTime} when it came in; read before waiting, the scope may end while a step is under way. */
    long startNanos() {
        return startNanos;
    }

    private static PermanentException forbidden(String detail) {
        return new PermanentException(Problem.of(ProblemCode.FORBIDDEN)
                .detail("%s", detail)
                .remedy("use a key that may do this; 'veilora keys create --scopes' makes one"));
    }
}
