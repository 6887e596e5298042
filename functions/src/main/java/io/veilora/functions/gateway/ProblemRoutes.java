package io.veilora.functions.gateway;

import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** Errors of requests that never reach a resource: no such path, a body beyond every limit, broken HTTP. */
@ApplicationScoped
public class ProblemRoutes {
    void register(@Observes Router router) {
        router.errorHandler(
                404, context -> end(context, ProblemResponses.invalid(404, "there is nothing at this path")));
        router.errorHandler(405, context -> end(context, ProblemResponses.invalid(405, "not this method")));
        router.errorHandler(400, context -> end(context, ProblemResponses.invalid(400, "this is not proper HTTP")));
        router.errorHandler(413, context -> end(context, Problem.of(ProblemCode.TOO_LARGE)));
        router.errorHandler(500, context -> end(context, Problem.of(ProblemCode.STEP_FAILED)));
    }

    private static void end(RoutingContext context, Problem problem) {
        if (context.response().ended() || context.response().headWritten()) {
            return;
        }
        context.response()
                .setStatusCode(problem.status())
                .putHeader("Content-Type", Problem.MEDIA_TYPE)
                .end(Buffer.buffer(ProblemResponses.json(problem)));
    }
}
