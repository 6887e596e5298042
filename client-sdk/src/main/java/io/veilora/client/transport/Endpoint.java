package io.veilora.client.transport;

import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where a provider is, and what we say who we are.
 *
 * @param url without a path
 * @param caFile certificates in PEM that vouch for it; null for those that Java knows
 * @param run groups steps in its usage and bills; null for none
 */
public record Endpoint(URI url, String apiKey, Path caFile, String run) {
    private static final Pattern RUN = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** @throws IllegalArgumentException for a run's name that is none */
    public Endpoint {
        if (run != null && !RUN.matcher(run).matches()) {
            throw new IllegalArgumentException("run name: expected 1 to 64 letters, digits, '.', '_' or '-'");
        }
    }

    public static Endpoint of(URI url, String apiKey) {
        return new Endpoint(url, apiKey, null, null);
    }

    /** Without the API key. */
    @Override
    public String toString() {
        return "Endpoint[" + url + "]";
    }
}
