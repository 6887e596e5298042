package io.veilora.functions.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Statements in one transaction. Every value goes in as a parameter, never as a part of the text; instants are kept as
 * timestamps in UTC.
 */
public final class Session {
    private final Connection connection;

    Session(Connection connection) {
        this.connection = connection;
    }

    /** Makes a value of a row. */
    @FunctionalInterface
    public interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    public <T> List<T> list(String query, RowReader<T> reader, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(query, parameters);
                ResultSet rows = statement.executeQuery()) {
            List<T> found = new ArrayList<>();
            while (rows.next()) {
                found.add(reader.read(rows));
            }
            return found;
        }
    }

    public <T> Optional<T> first(String query, RowReader<T> reader, Object... parameters) throws SQLException {
        return list(query, reader, parameters).stream().findFirst();
    }

    /** @return rows that were changed */
    public int update(String statement, Object... parameters) throws SQLException {
        try (PreparedStatement prepared = prepare(statement, parameters)) {
            return prepared.executeUpdate();
        }
    }

    private PreparedStatement prepare(String text, Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(text);
        for (int i = 0; i < parameters.length; i++) {
            Object value = parameters[i];
            statement.setObject(
                    i + 1, value instanceof Instant at ? LocalDateTime.ofInstant(at, ZoneOffset.UTC) : value);
        }
        return statement;
    }

    /** The instant in a column, or null. */
    public static Instant instant(ResultSet row, String column) throws SQLException {
        LocalDateTime time = row.getObject(column, LocalDateTime.class);
        return time == null ? null : time.toInstant(ZoneOffset.UTC);
    }

    /** The instant in a column in RFC 3339, or null. */
    public static String time(ResultSet row, String column) throws SQLException {
        Instant instant = instant(row, column);
        return instant == null ? null : instant.toString();
    }
}
