package io.veilora.functions.billing;

import io.veilora.protocol.step.CloudEvent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Events by HTTP, one a request (CloudEvents HTTP binding, structured mode); any status of 2xx confirms one. */
public final class UsageEndpoint {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final URI url;

    public UsageEndpoint(URI url) {
        this.url = url;
    }

    /**
     * Sends one event and waits until it is confirmed.
     *
     * @param event a CloudEvent in structured JSON
     * @throws IOException if it was not; it may have arrived all the same
     */
    void send(byte[] event) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(TIMEOUT)
                .header("Content-Type", CloudEvent.MEDIA_TYPE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(event))
                .build();
        try {
            int status =
                    http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            if (status / 100 != 2) {
                throw new IOException("got HTTP status " + status);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while an event was sent");
        }
    }
}
