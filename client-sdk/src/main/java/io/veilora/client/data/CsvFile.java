package io.veilora.client.data;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;

/**
 * A CSV file (RFC 4180: commas, double quotes, line breaks inside quotes) whose first line names the columns: either one
 * column of texts, each learnt whole, or {@code prompt} and {@code completion}.
 */
final class CsvFile {
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setHeader()
            .setSkipHeaderRecord(true)
            .setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
            .setIgnoreEmptyLines(false)
            .get();
    private static final String PROMPT = "prompt";
    private static final String COMPLETION = "completion";

    private final Path file;
    private final String column;

    private CsvFile(Path file, String column) {
        this.file = file;
        this.column = column;
    }

    /** @param column of texts; null for {@code prompt} and {@code completion} */
    static List<Example> read(Path file, String column) throws IOException {
        return new CsvFile(file, column).read();
    }

    private List<Example> read() throws IOException {
        String text = TextFile.read(file);
        List<Example> examples = new ArrayList<>();
        try (CSVParser rows = parser(text)) {
            requireColumns(rows);
            Iterator<CSVRecord> iterator = rows.iterator();
            int line = nextLine(rows);
            while (hasNext(iterator, line)) {
                examples.add(example(line, rows.getHeaderNames().size(), iterator.next()));
                line = nextLine(rows);
            }
        }
        if (examples.isEmpty()) {
            throw DataFile.bad(file, 2, "is not there: the file has only its header");
        }
        return examples;
    }

    private CSVParser parser(String text) throws IOException {
        try {
            return FORMAT.parse(new StringReader(text));
        } catch (IllegalArgumentException | IOException e) { // its message quotes the line
            throw DataFile.bad(file, 1, "is not a CSV header: a name is missing, or there twice");
        }
    }

    private void requireColumns(CSVParser rows) {
        for (String name : column == null ? List.of(PROMPT, COMPLETION) : List.of(column)) {
            if (!rows.getHeaderNames().contains(name)) {
                throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                        // never the names: without a header they are a private record
                        .detail(
                                "%s, line 1: got no column \"%s\" among its %d columns",
                                file, name, rows.getHeaderNames().size())
                        .remedy("let the first line name the columns; name the column of texts with --column, or call"
                                + " two columns prompt and completion"));
            }
        }
    }

    private static int nextLine(CSVParser rows) {
        return Math.toIntExact(rows.getCurrentLineNumber()) + 1;
    }

    private boolean hasNext(Iterator<CSVRecord> rows, int line) {
        try {
            return rows.hasNext();
        } catch (UncheckedIOException | IllegalStateException e) { // its message quotes the line: not a cause
            throw DataFile.bad(file, line, "is not CSV: a quote is not closed, or text follows a closing quote");
        }
    }

    private Example example(int line, int columns, CSVRecord row) {
        if (row.size() == 1 && row.get(0).isBlank()) {
            throw DataFile.bad(file, line, "is empty");
        }
        if (row.size() != columns) {
            throw DataFile.bad(file, line, "has " + row.size() + " columns, expected " + columns);
        }
        if (column == null) {
            return new DataRecord(line, row.get(PROMPT), filled(line, row, COMPLETION));
        }
        return new TextRecord(line, filled(line, row, column));
    }

    private String filled(int line, CSVRecord row, String name) {
        if (row.get(name).isBlank()) {
            throw DataFile.bad(file, line, "has nothing in column \"" + name + "\"");
        }
        return row.get(name);
    }
}
