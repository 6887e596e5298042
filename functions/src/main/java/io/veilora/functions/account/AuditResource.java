package io.veilora.functions.account;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.veilora.functions.gateway.Caller;
import io.veilora.functions.tenant.AuditLog;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Who did what, for the operator. */
@Path("/v1/admin/audit")
@Tag(name = "operator")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class AuditResource {
    private final AuditLog audit;
    private final Caller caller;

    AuditResource(AuditLog audit, Caller caller) {
        this.audit = audit;
        this.caller = caller;
    }

    @GET
    @Operation(summary = "The audit log, the newest entry first")
    public byte[] list(
            @QueryParam("cursor") @DefaultValue("9223372036854775807") long cursor,
            @QueryParam("limit") @DefaultValue(Paging.USUAL) int limit) {
        caller.operator();
        return JsonBody.write(audit.page(cursor, Paging.limit(limit)));
    }
}
