package io.veilora.functions.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.veilora.functions.database.Database;
import io.veilora.functions.limit.Admissions.Place;
import io.veilora.protocol.account.TenantLimits;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Limits hold over two gateways that share a database, on H2 and on a real PostgreSQL. */
class AdmissionsOnBothDatabasesTest {
    private static final String BOTH = "io.veilora.functions.database.TestDatabases#both";

    private final String tenant = "t-" + UUID.randomUUID();

    @ParameterizedTest
    @MethodSource(BOTH)
    void twoGatewaysTogetherAdmitNoMoreThanTheRate(DataSource source) throws Exception {
        TenantLimits limits = new TenantLimits(20, null, null, null);
        long start = System.nanoTime();
        int admitted = hammer(source, limits, 200);
        double seconds = (System.nanoTime() - start) / 1e9;
        assertThat(admitted).isBetween(20, (int) (20 + 20 * seconds) + 1);
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void whoIsToldToWaitIsAdmittedAfterwards(DataSource source) throws Exception {
        TenantLimits limits = new TenantLimits(2, null, null, null);
        Admissions gateway = new Admissions(new Database(source));
        gateway.enter(tenant, limits, 0);
        gateway.enter(tenant, limits, 0);
        Problem problem = refused(gateway, limits, 0);
        assertThat(problem.code()).isEqualTo(ProblemCode.RATE_LIMITED);
        assertThat(problem.status()).isEqualTo(429);
        assertThat(problem.retryAfterSeconds()).isEqualTo(1);
        Thread.sleep(1000);
        gateway.enter(tenant, limits, 0);
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void stepsAtTheSameTimeAreCountedOverBothGatewaysAndAPlaceComesBack(DataSource source) throws Exception {
        TenantLimits limits = new TenantLimits(null, 3, null, null);
        Admissions one = new Admissions(new Database(source));
        Admissions other = new Admissions(new Database(source));
        Place first = one.enter(tenant, limits, 0);
        other.enter(tenant, limits, 0);
        one.enter(tenant, limits, 0);
        assertThat(refused(other, limits, 0).detail()).contains("at most 3");
        assertThat(refused(one, limits, 0).retryAfterSeconds()).isEqualTo(1);
        new Admissions(new Database(source)).enter("t-" + UUID.randomUUID(), limits, 0);
        first.close();
        other.enter(tenant, limits, 0);
        assertThat(hammer(source, limits, 50)).isZero();
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void bytesOfADayAreCountedOverBothGatewaysAndARefusedStepCountsNothing(DataSource source) {
        TenantLimits limits = new TenantLimits(null, null, 1000L, null);
        Admissions one = new Admissions(new Database(source));
        Admissions other = new Admissions(new Database(source));
        one.enter(tenant, limits, 600);
        Problem problem = refused(other, limits, 401);
        assertThat(problem.detail()).contains("401 more after 600");
        assertThat(problem.retryAfterSeconds()).isBetween(1L, 86_400L);
        other.enter(tenant, limits, 400);
        assertThat(refused(one, limits, 1).detail()).contains("after 1000");
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void placesOfAGatewayThatDiedComeBackByTheirTime(DataSource source) {
        TenantLimits limits = new TenantLimits(null, 1, null, null);
        Admissions gateway = new Admissions(new Database(source));
        gateway.enter(tenant, limits, 0); // and never closed
        new Database(source)
                .transaction(session -> session.update(
                        "UPDATE step_in_flight SET until_micros = until_micros - 120000000 WHERE tenant = ?", tenant));
        gateway.enter(tenant, limits, 0);
    }

    private Problem refused(Admissions gateway, TenantLimits limits, long bytes) {
        return catchThrowableOfType(RetriableException.class, () -> gateway.enter(tenant, limits, bytes))
                .problem();
    }

    /** @return how many of {@code steps} were admitted by two gateways with four threads each */
    private int hammer(DataSource source, TenantLimits limits, int steps) throws Exception {
        List<Admissions> gateways = List.of(new Admissions(new Database(source)), new Admissions(new Database(source)));
        List<Future<Boolean>> answers = new ArrayList<>();
        try (ExecutorService requests = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < steps; i++) {
                Admissions gateway = gateways.get(i % 2);
                Callable<Boolean> request = () -> {
                    try {
                        gateway.enter(tenant, limits, 0);
                        return true;
                    } catch (RetriableException e) {
                        assertThat(e.problem().code()).isEqualTo(ProblemCode.RATE_LIMITED);
                        return false;
                    }
                };
                answers.add(requests.submit(request));
            }
        }
        int admitted = 0;
        for (Future<Boolean> answer : answers) {
            admitted += answer.get() ? 1 : 0;
        }
        return admitted;
    }
}
