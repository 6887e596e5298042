package io.veilora.functions.account;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.veilora.functions.gateway.Caller;
import io.veilora.protocol.account.ApiKeyAccount;
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

/** Any tenant's API keys, for the operator. */
@Path("/v1/admin/tenants/{tenant}/keys")
@Tag(name = "operator")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class TenantKeyResource {
    private final KeyRequests keys;
    private final Caller caller;

    TenantKeyResource(KeyRequests keys, Caller caller) {
        this.keys = keys;
        this.caller = caller;
    }

    @GET
    @Operation(summary = "A tenant's API keys, without their secrets")
    public byte[] list(
            @PathParam("tenant") String tenant,
            @QueryParam("cursor") String cursor,
            @QueryParam("limit") @DefaultValue(Paging.USUAL) int limit) {
        caller.operator();
        return keys.list(tenant, cursor, limit);
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Make an API key for a tenant; its secret is in this answer and nowhere else")
    public Response create(
            @PathParam("tenant") String tenant,
            @HeaderParam(StepApi.IDEMPOTENCY_KEY) String idempotencyKey,
            @RequestBody(content = @Content(schema = @Schema(implementation = ApiKeyAccount.Wanted.class)))
                    byte[] body) {
        return keys.create(caller.operator(), tenant, body, idempotencyKey);
    }

    @POST
    @Path("{id}/rotation")
    @Operation(summary = "Make another key like this one; this one works on for a while")
    public Response rotate(
            @PathParam("tenant") String tenant,
            @PathParam("id") String id,
            @QueryParam("overlapHours") Integer overlapHours,
            @HeaderParam(StepApi.IDEMPOTENCY_KEY) String idempotencyKey) {
        return keys.rotate(caller.operator(), tenant, id, overlapHours, idempotencyKey);
    }

    @DELETE
    @Path("{id}")
    @Operation(summary = "Revoke a tenant's key")
    public byte[] revoke(@PathParam("tenant") String tenant, @PathParam("id") String id) {
        return keys.revoke(caller.operator(), tenant, id);
    }
}
