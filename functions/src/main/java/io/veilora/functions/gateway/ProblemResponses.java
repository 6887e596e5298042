package io.veilora.functions.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.veilora.functions.store.StoreFailure;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.wire.ProtocolJson;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Every error of the gateway as {@code application/problem+json}; nothing of our insides goes out. */
public class ProblemResponses {
    private static final Logger LOG = Logger.getLogger(ProblemResponses.class);
    private static final String RETRY_SECONDS = "1";

    @ServerExceptionMapper
    public Response known(VeiloraException e) {
        if (e.problem().status() >= 500) {
            LOG.warn(e.getMessage());
        }
        return of(e.problem()).build();
    }

    /** What JAX-RS refuses by itself: unknown path, method, media type. */
    @ServerExceptionMapper
    public Response refused(WebApplicationException e) {
        int status = e.getResponse().getStatus();
        Problem problem = status < 500
                ? invalid(status, "%s", Response.Status.fromStatusCode(status))
                : Problem.of(ProblemCode.STEP_FAILED);
        return of(problem).build();
    }

    @ServerExceptionMapper
    public Response store(IOException e) {
        LOG.warn("a store failed", e);
        return of(StoreFailure.problem(e)).build();
    }

    @ServerExceptionMapper
    public Response unexpected(RuntimeException e) {
        LOG.error("a request failed", e);
        return of(Problem.of(ProblemCode.STEP_FAILED)).build();
    }

    static Problem invalid(int status, String format, Object... arguments) {
        Problem problem = Problem.of(ProblemCode.INVALID_REQUEST).detail(format, arguments);
        return new Problem(
                problem.code(),
                problem.title(),
                status,
                false,
                problem.detail(),
                "see /openapi for what is here",
                null,
                null);
    }

    static Response.ResponseBuilder of(Problem problem) {
        Response.ResponseBuilder response =
                Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(json(problem));
        if (problem.retryAfterSeconds() != null) {
            return response.header(HttpHeaders.RETRY_AFTER, problem.retryAfterSeconds());
        }
        return switch (problem.code()) {
            case TOO_MANY_REQUESTS, UNAVAILABLE, STORE_FULL -> response.header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
            case UNAUTHORIZED -> response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            case TOO_LARGE -> response.header("Connection", "close"); // the rest of the body is not read
            default -> response;
        };
    }

    static byte[] json(Problem problem) {
        try {
            return ProtocolJson.MAPPER.writeValueAsBytes(problem);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a problem cannot be written", e);
        }
    }
}
