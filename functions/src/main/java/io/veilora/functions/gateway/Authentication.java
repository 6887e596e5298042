package io.veilora.functions.gateway;

import io.smallrye.mutiny.Uni;
import io.veilora.functions.tenant.KeyDirectory;
import io.veilora.functions.tenant.KeyDirectory.Answer;
import io.veilora.functions.tenant.Principal;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Nothing of the API is there for someone without an API key, not even the news that it does not exist. */
@ApplicationScoped
public class Authentication {
    private static final String SCHEME = "Bearer ";

    private final ApiKeys configured;
    private final KeyDirectory directory;
    private final Caller caller;
    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();

    Authentication(ApiKeys configured, KeyDirectory directory, Caller caller) {
        this.configured = configured;
        this.directory = directory;
        this.caller = caller;
    }

    /** @return null when it is known at once who it is; the database is never asked on the event loop */
    @ServerRequestFilter(preMatching = true)
    public Uni<Void> authenticate(ContainerRequestContext request) {
        Consumer<Principal> found = caller.begin(System.nanoTime());
        String secret = secret(request.getHeaderString(HttpHeaders.AUTHORIZATION));
        Optional<Principal> principal = configured.principal(secret);
        if (principal.isPresent()) {
            found.accept(principal.get());
            return null;
        }
        Optional<Answer> known = directory.known(secret);
        if (known.isPresent()) {
            found.accept(require(known.get()));
            return null;
        }
        return Uni.createFrom()
                .item(() -> require(directory.ask(secret)))
                .runSubscriptionOn(background)
                .invoke(found)
                .replaceWithVoid();
    }

    private static String secret(String header) {
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw unauthorized("the Authorization header is missing or not of the form 'Bearer <API key>'");
        }
        return header.substring(SCHEME.length()).strip();
    }

    private static Principal require(Answer answer) {
        return answer.principal().orElseThrow(() -> unauthorized("the API key is not known here, or no longer valid"));
    }

    private static PermanentException unauthorized(String detail) {
        return new PermanentException(Problem.of(ProblemCode.UNAUTHORIZED)
                .detail("%s", detail)
                .remedy("send the API key that the provider gave you"));
    }
}
