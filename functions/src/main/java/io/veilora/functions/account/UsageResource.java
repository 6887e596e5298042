package io.veilora.functions.account;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.veilora.functions.account.UsageRequests.Query;
import io.veilora.functions.billing.Quotes;
import io.veilora.functions.gateway.Caller;
import io.veilora.functions.model.ModelStore;
import io.veilora.protocol.account.Quote;
import io.veilora.protocol.account.Scope;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What a tenant used, what it costs, and what a run would cost. */
@Path("/v1")
@Tag(name = "usage")
@RunOnVirtualThread
public class UsageResource {
    private final UsageRequests usage;
    private final Quotes quotes;
    private final ModelStore models;
    private final Caller caller;

    UsageResource(UsageRequests usage, Quotes quotes, ModelStore models, Caller caller) {
        this.usage = usage;
        this.quotes = quotes;
        this.models = models;
        this.caller = caller;
    }

    @GET
    @Path("usage")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "The caller's usage by day, model and run, or some of them")
    public byte[] usage(
            @QueryParam("from") String from,
            @QueryParam("until") String until,
            @QueryParam("by") String by,
            @QueryParam("cursor") @DefaultValue("0") int cursor,
            @QueryParam("limit") @DefaultValue(Paging.USUAL) int limit) {
        return usage.usage(caller.tenant(Scope.USAGE), new Query(from, until, by), cursor, limit);
    }

    @GET
    @Path("statements/{month}")
    @Operation(summary = "The caller's bill of a month, JSON or, with Accept: text/csv, CSV")
    public Response statement(@PathParam("month") String month, @HeaderParam(HttpHeaders.ACCEPT) String accept) {
        return usage.statement(caller.tenant(Scope.USAGE), month, accept);
    }

    @POST
    @Path("quotes")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "What a run would cost by the prices of now")
    public byte[] quote(
            @RequestBody(content = @Content(schema = @Schema(implementation = Quote.Wanted.class))) byte[] body)
            throws IOException {
        caller.tenant(Scope.USAGE);
        Quote.Wanted wanted = JsonBody.read(body, Quote.Wanted.class);
        return JsonBody.write(quotes.quote(
                models.find(String.valueOf(wanted.model()))
                        .orElseThrow(() -> new PermanentException(Problem.of(ProblemCode.UNKNOWN_MODEL))),
                wanted));
    }

    @GET
    @Path("admin/tenants/{tenant}/usage")
    @Produces(MediaType.APPLICATION_JSON)
    @Tag(name = "operator")
    @Operation(summary = "A tenant's usage")
    public byte[] usageOf(
            @PathParam("tenant") String tenant,
            @QueryParam("from") String from,
            @QueryParam("until") String until,
            @QueryParam("by") String by,
            @QueryParam("cursor") @DefaultValue("0") int cursor,
            @QueryParam("limit") @DefaultValue(Paging.USUAL) int limit) {
        caller.operator();
        return usage.usage(tenant, new Query(from, until, by), cursor, limit);
    }

    @GET
    @Path("admin/tenants/{tenant}/statements/{month}")
    @Tag(name = "operator")
    @Operation(summary = "A tenant's bill of a month, JSON or CSV")
    public Response statementOf(
            @PathParam("tenant") String tenant,
            @PathParam("month") String month,
            @HeaderParam(HttpHeaders.ACCEPT) String accept) {
        caller.operator();
        return usage.statement(tenant, month, accept);
    }
}
