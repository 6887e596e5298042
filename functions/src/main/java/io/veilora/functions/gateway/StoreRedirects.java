package io.veilora.functions.gateway;

import io.veilora.protocol.step.StepApi;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.net.URI;

/** Sends a client to the object store for its bytes (DESIGN §5), if it said that it goes there without its API key. */
final class StoreRedirects {
    private StoreRedirects() {}

    static boolean wanted(RoutingContext routing) {
        return StepApi.FOLLOWS_STORE.equalsIgnoreCase(routing.request().getHeader(StepApi.FOLLOWS));
    }

    /** 303: whatever the method was, what is there is fetched with GET. The URL is one client's: no cache may keep it. */
    static Response.ResponseBuilder seeOther(URI url) {
        return Response.status(Response.Status.SEE_OTHER)
                .header(HttpHeaders.LOCATION, url.toString())
                .header(HttpHeaders.CACHE_CONTROL, "no-store");
    }
}
