package io.veilora.functions.ledger;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcDataSource;

/** A migrated H2 database in memory, with the questions that tests ask of it. */
public final class TestLedger {
    private final DataSource dataSource;

    public TestLedger() {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE");
        dataSource = h2;
        Flyway.configure().dataSource(h2).load().migrate();
    }

    public TestLedger(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    public DataSource dataSource() {
        return dataSource;
    }

    public UsageLedger ledger() {
        return new UsageLedger(dataSource);
    }

    public long rows() throws SQLException {
        return number("SELECT COUNT(*) FROM step_usage");
    }

    public long rows(UUID stepId) throws SQLException {
        return number("SELECT COUNT(*) FROM step_usage WHERE step_id = '" + stepId + "'");
    }

    public long multiplyAdds() throws SQLException {
        return number("SELECT SUM(multiply_adds) FROM step_usage");
    }

    public void breakDown() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE step_usage");
        }
    }

    private long number(String query) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            result.next();
            return result.getLong(1);
        }
    }
}
