package io.veilora.functions;

import io.quarkus.runtime.StartupEvent;
import io.veilora.functions.ProviderConfig.Broker;
import io.veilora.functions.ProviderConfig.Database;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;

/** Refuses a shape whose parts would not find each other. */
@ApplicationScoped
public class ShapeCheck {
    /** Before anything is connected. */
    private static final int FIRST = 1;

    void check(@Observes @Priority(FIRST) StartupEvent event, ProviderConfig config, StepPools pools) {
        require(config, pools);
    }

    /** @throws PermanentException INVALID_INPUT that names the setting */
    static void require(ProviderConfig config, StepPools pools) {
        Optional<String> pool = config.steps().pool();
        if (config.role() == Role.ALL) {
            if (pool.isPresent() || !pools.byName().isEmpty()) {
                throw wrong(
                        "veilora.pools: got pools in the role all, where nobody would take their steps",
                        "start a gateway, and a function for every pool and one without");
            }
            return;
        }
        if (config.broker() != Broker.EXTERNAL) {
            throw wrong(
                    "veilora.broker: got embedded in a role other than all, expected external",
                    "set veilora.broker=external and kafka.bootstrap.servers");
        }
        if (config.database() != Database.POSTGRESQL) {
            throw wrong(
                    "veilora.database: got h2 in a role other than all, expected postgresql",
                    "set veilora.database=postgresql and quarkus.datasource.postgresql.jdbc.url, username and password");
        }
        if (pool.isPresent() && !pools.byName().containsKey(pool.get())) {
            throw wrong(
                    "veilora.steps.pool: got '" + pool.get() + "', expected one of "
                            + pools.byName().keySet(),
                    "name its models in veilora.pools." + pool.get() + ".models, at the gateways too");
        }
    }

    private static PermanentException wrong(String detail, String remedy) {
        return new PermanentException(
                Problem.of(ProblemCode.INVALID_INPUT).detail("%s", detail).remedy("%s", remedy));
    }
}
