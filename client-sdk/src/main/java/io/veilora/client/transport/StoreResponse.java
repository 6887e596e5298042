package io.veilora.client.transport;

import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/** What the object store answered, behind the provider's answer that led there. */
record StoreResponse<T>(HttpResponse<T> store, HttpResponse<T> provider) implements HttpResponse<T> {
    @Override
    public int statusCode() {
        return store.statusCode();
    }

    @Override
    public HttpRequest request() {
        return store.request();
    }

    /** The provider's: it has said what it did. */
    @Override
    public Optional<HttpResponse<T>> previousResponse() {
        return Optional.of(provider);
    }

    @Override
    public HttpHeaders headers() {
        return store.headers();
    }

    @Override
    public T body() {
        return store.body();
    }

    @Override
    public Optional<SSLSession> sslSession() {
        return store.sslSession();
    }

    @Override
    public URI uri() {
        return store.uri();
    }

    @Override
    public Version version() {
        return store.version();
    }
}
