package io.veilora.client.cli;

import io.veilora.protocol.account.AccountApi;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code usage}: what was used and what it costs. */
@Command(
        name = "usage",
        description = "Show usage by day, model and run: one's own, or with --tenant a tenant's, as the operator.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  veilora usage",
            "  veilora usage --by run --from 2026-11-01 --until 2026-12-01",
            "  veilora usage --tenant clinic --by model --json"
        })
final class UsageCommand implements Callable<Integer> {
    @Mixin
    private AccountOptions account;

    @Option(names = "--tenant", paramLabel = "NAME", description = "a tenant's usage (default: one's own)")
    private String tenant;

    @Option(names = "--from", paramLabel = "DAY", description = "first day UTC (default: the first of this month)")
    private String from;

    @Option(names = "--until", paramLabel = "DAY", description = "day after the last, UTC (default: tomorrow)")
    private String until;

    @Option(
            names = "--by",
            paramLabel = "WHAT",
            defaultValue = "day,model,run",
            description = "some of day, model, run (default: ${DEFAULT-VALUE})")
    private String by;

    @Override
    public Integer call() throws IOException {
        List<String> query = new ArrayList<>();
        query.add("by=" + AccountOptions.encoded(by));
        if (from != null) {
            query.add("from=" + AccountOptions.encoded(from));
        }
        if (until != null) {
            query.add("until=" + AccountOptions.encoded(until));
        }
        String path = tenant == null ? AccountApi.USAGE : AccountApi.usage(AccountOptions.encoded(tenant));
        TextTable table = new TextTable("day", "model", "run", "steps", "tokens", "multiply-adds", "bytes", "amount");
        account.eachOf(path + "?" + String.join("&", query), row -> {
            if (account.isJson()) {
                account.print(row);
                return;
            }
            table.add(
                    row.path("day").asText("-"),
                    row.path("model").asText("-"),
                    row.path("run").asText("-"),
                    row.path("steps").asText(),
                    row.path("tokens").asText(),
                    row.path("multiplyAdds").asText(),
                    Long.toString(
                            row.path("bytesIn").asLong() + row.path("bytesOut").asLong()),
                    row.path("amount").asText("-"));
        });
        if (!account.isJson()) {
            table.print(account.out());
        }
        return 0;
    }
}
