package io.veilora.functions.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import org.junit.jupiter.api.Test;

class InFlightTest {
    @Test
    void oneTenantsLimitIsNotAnothersAndAPlaceComesBack() {
        InFlight inFlight = new InFlight(2);
        InFlight.Place first = inFlight.enter("alice");
        inFlight.enter("alice");
        assertThatThrownBy(() -> inFlight.enter("alice")).isInstanceOfSatisfying(RetriableException.class, e -> {
            assertThat(e.problem().code()).isEqualTo(ProblemCode.TOO_MANY_REQUESTS);
            assertThat(ProblemResponses.of(e.problem()).build().getHeaderString("Retry-After"))
                    .isEqualTo("1");
        });
        inFlight.enter("bob");
        assertThat(inFlight.total()).isEqualTo(3);
        first.close();
        inFlight.enter("alice");
    }
}
