package io.veilora.functions.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.AnswerBits;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The ledger of a cluster: a real PostgreSQL, migrated by the same files as the embedded H2. */
class UsageLedgerOnPostgresTest {
    private static final int STEPS = 200;
    private static final int ROUNDS = 20;

    private static EmbeddedPostgres postgres;
    private static DataSource database;

    @BeforeAll
    static void migrate() throws IOException {
        postgres = EmbeddedPostgres.start();
        database = postgres.getPostgresDatabase();
        Flyway.configure().dataSource(database).load().migrate();
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    @Test
    void aStepIsWrittenOnceHoweverOftenItComes() throws Exception {
        StepUsage row = usage();
        TestLedger test = new TestLedger(database);
        test.ledger().record(List.of(row));
        test.ledger().record(List.of(row, usage()));
        assertThat(test.rows(row.step().stepId())).isOne();
    }

    @Test
    void replicasThatChargeTheSameStepsAtOnceInDifferentOrdersDoNotBlockEachOther() throws Exception {
        TestLedger test = new TestLedger(database);
        long before = test.rows();
        try (ExecutorService replicas = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < ROUNDS; round++) {
                List<StepUsage> rows = new ArrayList<>();
                for (int i = 0; i < STEPS; i++) {
                    rows.add(usage());
                }
                List<Future<Void>> charged = new ArrayList<>();
                for (int replica = 0; replica < 4; replica++) {
                    List<StepUsage> own = new ArrayList<>(rows);
                    Collections.shuffle(own, new Random(replica));
                    charged.add(replicas.submit(() -> {
                        test.ledger().record(own);
                        return null;
                    }));
                }
                for (Future<Void> each : charged) {
                    each.get();
                }
            }
        }
        assertThat(test.rows() - before).isEqualTo((long) ROUNDS * STEPS);
    }

    private static StepUsage usage() {
        StepRequested step = new StepRequested(
                UUID.randomUUID(),
                "alice",
                "tiny",
                LayerId.LM_HEAD,
                Direction.FORWARD,
                256,
                AnswerBits.BITS_16,
                "digest",
                1);
        return new StepUsage(step, 1L << 40, 1 << 20, 1 << 19, 1234, Instant.now());
    }
}
