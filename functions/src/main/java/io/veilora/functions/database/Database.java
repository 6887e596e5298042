package io.veilora.functions.database;

import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** The database: what is done in one {@link Work} is done wholly or not at all. */
public final class Database {
    private final DataSource source;

    public Database(DataSource source) {
        this.source = source;
    }

    /** Statements that belong together. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Session session) throws SQLException;
    }

    /** @throws RetriableException UNAVAILABLE if the database does not answer; nothing was changed then */
    public <T> T transaction(Work<T> work) {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.run(new Session(connection));
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new RetriableException(
                    Problem.of(ProblemCode.UNAVAILABLE)
                            .detail("the provider's database does not answer")
                            .remedy("try again"),
                    e);
        }
    }
}
