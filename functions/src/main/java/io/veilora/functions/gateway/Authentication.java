package io.veilora.functions.gateway;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Nothing of the API is there for someone without an API key, not even the news that it does not exist. */
@ApplicationScoped
public class Authentication {
    private static final String SCHEME = "Bearer ";

    private final ApiKeys keys;
    private final Caller caller;

    Authentication(ApiKeys keys, Caller caller) {
        this.keys = keys;
        this.caller = caller;
    }

    @ServerRequestFilter(preMatching = true)
    public void authenticate(ContainerRequestContext request) {
        long now = System.nanoTime();
        String header = request.getHeaderString(HttpHeaders.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw unauthorized("the Authorization header is missing or not of the form 'Bearer <API key>'");
        }
        String tenant = keys.tenant(header.substring(SCHEME.length()).strip())
                .orElseThrow(() -> unauthorized("the API key is not known here"));
        caller.authenticated(tenant, now);
    }

    private static PermanentException unauthorized(String detail) {
        return new PermanentException(Problem.of(ProblemCode.UNAUTHORIZED)
                .detail("%s", detail)
                .remedy("send the API key that the provider gave you"));
    }
}
