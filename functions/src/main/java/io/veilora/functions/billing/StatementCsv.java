package io.veilora.functions.billing;

import io.veilora.protocol.account.Statement;

/** A statement for spreadsheets (RFC 4180): a line each, the total last. */
public final class StatementCsv {
    public static final String MEDIA_TYPE = "text/csv";

    private static final String HEADER =
            "tenant,month,model,price_version,from,until,steps,tokens,multiply_adds,bytes,amount,currency\r\n";

    private StatementCsv() {}

    public static String of(Statement statement) {
        StringBuilder csv = new StringBuilder(HEADER);
        String currency = statement.currency() == null ? "" : statement.currency();
        for (Statement.Line line : statement.lines()) {
            add(
                    csv,
                    statement.tenant(),
                    statement.month(),
                    line.model(),
                    line.priceVersion() == null ? "" : line.priceVersion(),
                    line.from(),
                    line.until(),
                    line.steps(),
                    line.tokens(),
                    line.multiplyAdds(),
                    line.bytes(),
                    line.amount() == null ? "" : line.amount().toPlainString(),
                    currency);
        }
        add(
                csv,
                statement.tenant(),
                statement.month(),
                "total",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                statement.total().toPlainString(),
                currency);
        return csv.toString();
    }

    private static void add(StringBuilder csv, Object... fields) {
        for (int i = 0; i < fields.length; i++) {
            csv.append(i == 0 ? "" : ",").append(field(fields[i].toString()));
        }
        csv.append("\r\n");
    }

    private static String field(String text) {
        return text.matches("[^,\"\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
