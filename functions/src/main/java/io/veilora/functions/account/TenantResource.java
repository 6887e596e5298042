package io.veilora.functions.account;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.veilora.functions.gateway.Caller;
import io.veilora.functions.tenant.TenantAccounts;
import io.veilora.protocol.account.TenantAccount;
import io.veilora.protocol.account.TenantLimits;
import io.veilora.protocol.step.StepApi;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
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

/** Tenants, for the operator. */
@Path("/v1/admin/tenants")
@Tag(name = "operator")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class TenantResource {
    private final TenantAccounts tenants;
    private final Caller caller;

    TenantResource(TenantAccounts tenants, Caller caller) {
        this.tenants = tenants;
        this.caller = caller;
    }

    @GET
    @Operation(summary = "All tenants, by name")
    public byte[] list(
            @QueryParam("cursor") @DefaultValue("") String cursor,
            @QueryParam("limit") @DefaultValue(Paging.USUAL) int limit) {
        caller.operator();
        return JsonBody.write(tenants.page(cursor, Paging.limit(limit)));
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Create a tenant")
    public Response create(
            @HeaderParam(StepApi.IDEMPOTENCY_KEY) String idempotencyKey,
            @RequestBody(content = @Content(schema = @Schema(implementation = TenantAccount.Wanted.class)))
                    byte[] body) {
        TenantAccount made =
                tenants.create(caller.operator(), JsonBody.read(body, TenantAccount.Wanted.class), idempotencyKey);
        return Response.status(Response.Status.CREATED)
                .entity(JsonBody.write(made))
                .build();
    }

    @GET
    @Path("{tenant}")
    @Operation(summary = "A tenant with its limits")
    public byte[] get(@PathParam("tenant") String tenant) {
        caller.operator();
        return JsonBody.write(tenants.get(tenant));
    }

    @PUT
    @Path("{tenant}/limits")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Replace a tenant's limits; what is left out is without limit")
    public byte[] limits(
            @PathParam("tenant") String tenant,
            @RequestBody(content = @Content(schema = @Schema(implementation = TenantLimits.class))) byte[] body) {
        return JsonBody.write(tenants.setLimits(caller.operator(), tenant, JsonBody.read(body, TenantLimits.class)));
    }

    @POST
    @Path("{tenant}/disabled")
    @Operation(summary = "Let no key of a tenant work any more")
    public byte[] disable(@PathParam("tenant") String tenant) {
        return JsonBody.write(tenants.setEnabled(caller.operator(), tenant, false));
    }

    @POST
    @Path("{tenant}/enabled")
    @Operation(summary = "Let a disabled tenant's valid keys work again")
    public byte[] enable(@PathParam("tenant") String tenant) {
        return JsonBody.write(tenants.setEnabled(caller.operator(), tenant, true));
    }
}
