package io.veilora.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.account.AccountApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code statement}: a month's bill. */
@Command(
        name = "statement",
        description = "Show a month's bill: one's own, or with --tenant a tenant's, as the operator.",
        mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  veilora statement 2026-11", "  veilora statement 2026-11 --tenant clinic --csv"})
final class StatementCommand implements Callable<Integer> {
    @Mixin
    private AccountOptions account;

    @Parameters(paramLabel = "MONTH", description = "UTC, as in 2026-11")
    private String month;

    @Option(names = "--tenant", paramLabel = "NAME", description = "a tenant's bill (default: one's own)")
    private String tenant;

    @Option(names = "--csv", description = "for a spreadsheet")
    private boolean csv;

    @Override
    public Integer call() throws IOException {
        String monthInPath = AccountOptions.encoded(month);
        String path = tenant == null
                ? AccountApi.statement(monthInPath)
                : AccountApi.statement(AccountOptions.encoded(tenant), monthInPath);
        if (csv) {
            account.out().print(new String(account.download(path, "text/csv"), StandardCharsets.UTF_8));
            account.out().flush();
            return 0;
        }
        JsonNode statement = account.get(path);
        if (account.isJson()) {
            account.print(statement);
            account.out().flush();
            return 0;
        }
        TextTable table =
                new TextTable("model", "prices", "from", "until", "steps", "multiply-adds", "bytes", "amount");
        for (JsonNode line : statement.path("lines")) {
            table.add(
                    line.path("model").asText(),
                    line.path("priceVersion").asText("-"),
                    line.path("from").asText(),
                    line.path("until").asText(),
                    line.path("steps").asText(),
                    line.path("multiplyAdds").asText(),
                    line.path("bytes").asText(),
                    line.path("amount").asText("-"));
        }
        table.add(
                "total",
                "",
                "",
                statement.path("complete").asBoolean() ? "" : "so far",
                "",
                "",
                "",
                statement.path("total").asText() + " "
                        + statement.path("currency").asText(""));
        table.print(account.out());
        return 0;
    }
}
