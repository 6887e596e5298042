package io.veilora.client.cli;

import io.veilora.client.ModelSource;
import io.veilora.client.train.StepDemand;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.account.AccountApi;
import io.veilora.protocol.account.Quote;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;

/** What a provider wants for a run, as {@code train --dry-run} prints it. It is told counts of steps, nothing of the data. */
final class PriceQuote {
    private PriceQuote() {}

    static String lines(ModelSource.Provider source, StepDemand demand) {
        try (ProviderConnection connection = new ProviderConnection(
                source.endpoint(ModelOptions.apiKey(source.apiKeyFile())),
                source.patience(),
                ConnectionListener.SILENT)) {
            Quote quote = ask(connection, source.model(), demand);
            return String.format(
                    "Price at the provider%n  %-20s %s %s, price list %s; the provider was told the counts of steps above%n",
                    "in all", quote.amount().toPlainString(), quote.currency(), quote.priceVersion());
        } catch (PermanentException e) {
            return String.format(
                    "Price at the provider%n  %-20s %s%n", "none", e.problem().detail());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws PermanentException if the provider has no price for it */
    private static Quote ask(ProviderConnection connection, String model, StepDemand demand) throws IOException {
        HttpRequest request = connection
                .request(AccountApi.QUOTES)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        ProtocolJson.MAPPER.writeValueAsBytes(new Quote.Wanted(model, demand.items()))))
                .build();
        return connection.sendJson(request, Quote.class);
    }
}
