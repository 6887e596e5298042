package io.veilora.functions.gateway;

import io.veilora.functions.ProviderConfig;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;

/** A step function serves health and metrics; whatever else this program has at a path is not there. */
@ApplicationScoped
public class FunctionRoutes {
    private static final List<String> SERVED = List.of("/health", "/metrics");

    /** Before every other route. */
    private static final int FIRST = Integer.MIN_VALUE;

    void register(@Observes Router router, ProviderConfig config) {
        if (config.role().isGateway()) {
            return;
        }
        router.route().order(FIRST).handler(context -> {
            String path = context.normalizedPath();
            if (SERVED.stream().anyMatch(served -> path.equals(served) || path.startsWith(served + "/"))) {
                context.next();
            } else {
                context.fail(404);
            }
        });
    }
}
