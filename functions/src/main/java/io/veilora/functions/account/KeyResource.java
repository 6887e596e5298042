package io.veilora.functions.account;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.veilora.functions.gateway.Caller;
import io.veilora.protocol.account.ApiKeyAccount;
import io.veilora.protocol.account.Scope;
import io.veilora.protocol.step.StepApi;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** A tenant's own API keys. */
@Path("/v1/keys")
@Tag(name = "keys")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class KeyResource {
    private final KeyRequests keys;
    private final Caller caller;

    KeyResource(KeyRequests keys, Caller caller) {
        this.keys = keys;
        this.caller = caller;
    }

    @GET
    @Operation(summary = "The caller's API keys, without their secrets")
    public byte[] list(
            @QueryParam("cursor") String cursor, @QueryParam("limit") @DefaultValue(Paging.USUAL) int limit) {
        return keys.list(caller.tenant(Scope.ADMIN), cursor, limit);
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Make an API key; its secret is in this answer and nowhere else")
    public Response create(
            @HeaderParam(StepApi.IDEMPOTENCY_KEY) String idempotencyKey,
            @RequestBody(content = @Content(schema = @Schema(implementation = ApiKeyAccount.Wanted.class)))
                    byte[] body) {
        String tenant = caller.tenant(Scope.ADMIN);
        return keys.create(caller.actor(), tenant, body, idempotencyKey);
    }

    @POST
    @Path("{id}/rotation")
    @Operation(summary = "Make another key like this one; this one works on for a while")
    public Response rotate(
            @PathParam("id") String id,
            @QueryParam("overlapHours") Integer overlapHours,
            @HeaderParam(StepApi.IDEMPOTENCY_KEY) String idempotencyKey) {
        String tenant = caller.tenant(Scope.ADMIN);
        return keys.rotate(caller.actor(), tenant, id, overlapHours, idempotencyKey);
    }

    @DELETE
    @Path("{id}")
    @Operation(summary = "Revoke a key")
    public byte[] revoke(@PathParam("id") String id) {
        String tenant = caller.tenant(Scope.ADMIN);
        return keys.revoke(caller.actor(), tenant, id);
    }
}
