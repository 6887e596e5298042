package io.veilora.functions.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Named;

/** The two databases of DESIGN §6, migrated by the same files: H2 as in the embedded shape, and a real PostgreSQL. */
public final class TestDatabases {
    private static EmbeddedPostgres postgres;

    private TestDatabases() {}

    /** For a parameterized test; the PostgreSQL is one for the whole JVM, so tests use names of their own. */
    public static Stream<Named<DataSource>> both() {
        return Stream.of(Named.of("H2", h2()), Named.of("PostgreSQL", postgres()));
    }

    public static DataSource h2() {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE"
                + ";DEFAULT_NULL_ORDERING=HIGH");
        return migrated(h2);
    }

    public static synchronized DataSource postgres() {
        try {
            if (postgres == null) {
                postgres = EmbeddedPostgres.start();
                Runtime.getRuntime().addShutdownHook(new Thread(TestDatabases::stop));
            }
            return migrated(postgres.getPostgresDatabase());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void stop() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DataSource migrated(DataSource database) {
        Flyway.configure().dataSource(database).load().migrate();
        return database;
    }
}
