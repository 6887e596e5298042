package io.veilora.client.transport;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;

/**
 * A provider's word that the bytes lie in its object store, at a URL that is good for a while. The request there carries
 * nothing of ours but the range: no API key, no step id.
 *
 * <p>A provider may name any URL, so not every one is followed: none without TLS if the provider has it, and none into a
 * network that is more private than where the provider itself is, such as this machine or its cloud's metadata.
 */
final class StoreRedirect {
    private static final Set<Integer> STATUSES = Set.of(303, 307);

    private StoreRedirect() {}

    static boolean is(int status) {
        return STATUSES.contains(status);
    }

    /** The request to the store. @throws IOException if a host has no address */
    static HttpRequest request(URI provider, HttpRequest original, HttpResponse<?> redirect, Duration timeout)
            throws IOException {
        String location = redirect.headers().firstValue("Location").orElse("");
        HttpRequest.Builder get = HttpRequest.newBuilder(followed(provider, location))
                .timeout(timeout)
                .GET();
        original.headers().firstValue("Range").ifPresent(range -> get.header("Range", range));
        return get.build();
    }

    /** The URL, if it is one that may be asked. */
    static URI followed(URI provider, String location) throws IOException {
        URI url;
        try {
            url = new URI(location);
        } catch (URISyntaxException e) {
            throw refused("it is no URL");
        }
        boolean secure = "https".equalsIgnoreCase(url.getScheme());
        if (url.getHost() == null
                || url.getUserInfo() != null
                || !(secure || "http".equalsIgnoreCase(url.getScheme()))) {
            throw refused("it is no http or https URL of a host");
        }
        if (!secure && "https".equalsIgnoreCase(provider.getScheme())) {
            throw refused("it has no TLS, which the provider has");
        }
        int allowed = privacy(InetAddress.getByName(provider.getHost()));
        for (InetAddress address : InetAddress.getAllByName(url.getHost())) {
            if (privacy(address) > allowed) {
                throw refused("its host lies in a more private network than the provider");
            }
        }
        return url;
    }

    /** 0 for the world, 1 for a private network, 2 for this machine, 3 for what nobody should be led to. */
    private static int privacy(InetAddress address) {
        if (address.isLinkLocalAddress() || address.isAnyLocalAddress() || address.isMulticastAddress()) {
            return 3;
        }
        if (address.isLoopbackAddress()) {
            return 2;
        }
        boolean uniqueLocal = address.getAddress().length == 16 && (address.getAddress()[0] & 0xfe) == 0xfc;
        return address.isSiteLocalAddress() || uniqueLocal ? 1 : 0;
    }

    /** The provider gives a new URL to who asks again: this one may have expired, or the store was away. */
    static RetriableException failed(int status) {
        return new RetriableException(Problem.of(ProblemCode.UNAVAILABLE)
                .detail("the provider's object store answered with status %d", status)
                .remedy("try again; if it stays so, compare this machine's clock, then tell the provider"));
    }

    /** Without the URL: it is as good as the bytes. */
    private static PermanentException refused(String reason) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_ANSWER)
                .detail("the provider leads to a store that is not asked: %s", reason)
                .remedy("ask the provider for the address of its store"));
    }
}
