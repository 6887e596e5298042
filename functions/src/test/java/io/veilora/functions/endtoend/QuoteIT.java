package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.cli.Veilora;
import io.veilora.protocol.account.AccountApi;
import io.veilora.protocol.account.Statement;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code train --dry-run} says that a run costs is what the bill says afterwards. */
class QuoteIT {
    private static final Pattern QUOTED = Pattern.compile("in all +([0-9.]+) EUR, price list 2026-1");

    @TempDir
    Path folder;

    @Test
    void theBillOfARunIsItsQuoteToOnePercent() throws Exception {
        Path prices = Files.writeString(folder.resolve("prices.json"), """
                {"currency": "EUR", "versions": [{"version": "2026-1", "from": "2026-01-01T00:00:00Z", "models": {
                  "*": {"perTeraMultiplyAdds": 2, "perGigabyte": "0.1", "perStep": "0.0001"}}}]}
                """);
        SampleRun.files(folder);
        try (SampleProvider provider = SampleProvider.imported(folder)
                .with("veilora.billing.prices", prices)
                .start()) {
            Matcher quoted = QUOTED.matcher(train(provider, "--dry-run"));
            assertThat(quoted.find()).isTrue();
            BigDecimal quote = new BigDecimal(quoted.group(1));
            assertThat(quote).isPositive();
            train(provider, "--run", folder.resolve("run").toString(), "--run-name", "quoted");
            Statement bill = bill(provider);
            assertThat(bill.unpricedSteps()).isZero();
            assertThat(bill.total().subtract(quote).abs())
                    .as("bill %s, quote %s", bill.total(), quote)
                    .isLessThanOrEqualTo(quote.movePointLeft(2));
            assertThat(run(provider, "usage", "--by", "run"))
                    .contains("quoted")
                    .contains(bill.total().toPlainString());
        }
    }

    private String train(SampleProvider provider, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--model",
                SampleProvider.MODEL,
                "--cache",
                folder.resolve("cache").toString(),
                "--data",
                folder.resolve("train.jsonl").toString(),
                "--held-out",
                folder.resolve("heldout.jsonl").toString(),
                "--steps",
                "3",
                "--eval-every",
                "2"));
        arguments.addAll(List.of(options));
        return run(provider, arguments.toArray(String[]::new));
    }

    private static String run(SampleProvider provider, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of(
                "--provider",
                provider.url().toString(),
                "--api-key-file",
                provider.data().resolve("api-key").toString()));
        StringWriter out = new StringWriter();
        int exit = Veilora.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(out, true))
                .execute(all.toArray(String[]::new));
        assertThat(exit).as(out.toString()).isZero();
        return out.toString();
    }

    private static Statement bill(SampleProvider provider) throws Exception {
        String month = YearMonth.now(ZoneOffset.UTC).toString();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<byte[]> answer = http.send(
                    HttpRequest.newBuilder(URI.create(provider.url() + AccountApi.statement(month)))
                            .header("Authorization", "Bearer " + provider.apiKey())
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(answer.statusCode()).isEqualTo(200);
            return ProtocolJson.MAPPER.readValue(answer.body(), Statement.class);
        }
    }
}
