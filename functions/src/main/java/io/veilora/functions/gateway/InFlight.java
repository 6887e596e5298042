package io.veilora.functions.gateway;

import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many steps each tenant has in flight at this gateway; the limit bounds memory and keeps tenants apart. */
final class InFlight {
    private final int limit;
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();

    InFlight(int limit) {
        this.limit = limit;
    }

    /** One step on its way; closing it gives the place back. */
    interface Place extends AutoCloseable {
        @Override
        void close();
    }

    /** @throws RetriableException TOO_MANY_REQUESTS if all places are taken */
    Place enter(String tenant) {
        AtomicInteger count = counts.computeIfAbsent(tenant, name -> new AtomicInteger());
        if (count.incrementAndGet() > limit) {
            count.decrementAndGet();
            throw new RetriableException(Problem.of(ProblemCode.TOO_MANY_REQUESTS)
                    .detail("in flight: expected at most %d steps of one tenant", limit)
                    .remedy("wait for an answer before sending the next step"));
        }
        return count::decrementAndGet;
    }

    int total() {
        return counts.values().stream().mapToInt(AtomicInteger::get).sum();
    }
}
