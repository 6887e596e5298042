package io.veilora.functions.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.veilora.functions.gateway.StepReply.Answered;
import io.veilora.functions.gateway.StepReply.Pending;
import io.veilora.functions.gateway.StepRequestReader.Target;
import io.veilora.functions.store.BlobDraft;
import io.veilora.functions.store.BlobFile;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.tenant.Principal;
import io.veilora.protocol.account.AccountApi;
import io.veilora.protocol.account.Scope;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.PathPart;

/** Steps over HTTP: one remote layer, one direction, one batch of encrypted tokens. */
@Path("/v1")
@Tag(name = "steps")
@RunOnVirtualThread
public class StepResource {
    private static final String RETRY_SECONDS = "1";

    private final StepRequestReader reader;
    private final StepGateway gateway;
    private final StepAdmission admission;
    private final BlobStore blobs;
    private final Caller caller;
    private final MeterRegistry metrics;

    StepResource(
            StepRequestReader reader,
            StepGateway gateway,
            StepAdmission admission,
            BlobStore blobs,
            Caller caller,
            MeterRegistry metrics) {
        this.reader = reader;
        this.gateway = gateway;
        this.admission = admission;
        this.blobs = blobs;
        this.caller = caller;
        this.metrics = metrics;
    }

    @POST
    @Path("models/{model}/layers/{layer}/{direction}")
    @Consumes(EncryptedTensor.MEDIA_TYPE)
    @Operation(
            summary = "Multiply encrypted tokens by a layer's weights (forward) or their transpose (backward)",
            description = "200: the encrypted answer. 202: not ready yet, poll the Location. Repeat with the identical"
                    + " bytes and the same Idempotency-Key for the same answer, charged once.")
    public Response submit(
            @PathParam("model") String model,
            @PathParam("layer") String layer,
            @PathParam("direction") String direction,
            @HeaderParam(StepApi.IDEMPOTENCY_KEY) String idempotencyKey,
            @HeaderParam(StepApi.ANSWER_BITS) String answerBits,
            @HeaderParam(AccountApi.RUN) String run,
            @HeaderParam(HttpHeaders.CONTENT_LENGTH) Long contentLength,
            @Context RoutingContext routing)
            throws IOException {
        long started = caller.startNanos();
        Principal sender = caller.principal(Scope.STEPS);
        String tenant = sender.tenant();
        UUID stepId = StepRequestReader.stepId(idempotencyKey);
        try {
            Target target = reader.target(model, layer, direction);
            AnswerBits bits = StepRequestReader.answerBits(answerBits);
            long length = contentLength == null ? -1 : contentLength;
            try (InFlight.Place place = admission.enter(sender, stepId, length);
                    BlobDraft body = blobs.draft(tenant)) {
                reader.body(target, length, routing.request(), body);
                EncryptedTensor tensor = reader.tensor(target, body.bytes());
                StepRequested step = new StepRequested(
                        stepId,
                        tenant,
                        model,
                        target.layer().id(),
                        target.direction(),
                        tensor.tokens(),
                        bits,
                        EncryptedTensor.statedDigest(body.bytes()),
                        StepRequestReader.run(run),
                        StepGateway.nowMicros());
                StepReply reply = gateway.submit(step, body);
                metrics.timer(
                                "veilora.step.total",
                                "direction",
                                direction,
                                "kind",
                                step.layer().kind().label())
                        .record(microsSince(started), TimeUnit.MICROSECONDS);
                return response(reply, started, routing);
            }
        } catch (VeiloraException e) {
            Problem problem = e.problem();
            throw problem.stepId() != null ? e : problem.step(stepId.toString()).toException();
        }
    }

    @GET
    @Path("steps/{stepId}")
    @Operation(summary = "The answer of a step that was sent before, for an hour")
    public Response poll(@PathParam("stepId") String stepId, @Context RoutingContext routing) throws IOException {
        long started = caller.startNanos();
        BlobName name = new BlobName(caller.tenant(Scope.STEPS), StepRequestReader.stepId(stepId), Kind.CLAIM);
        return response(gateway.poll(name), started, routing);
    }

    private Response response(StepReply reply, long started, RoutingContext routing) throws IOException {
        return switch (reply) {
            case Answered answered ->
                answer(answered.answer(), routing)
                        .header(
                                StepApi.SERVER_TIMING,
                                answered.timing()
                                        .withTotal(microsSince(started))
                                        .toHeader())
                        .build();
            case Pending pending ->
                Response.accepted()
                        .header(HttpHeaders.LOCATION, StepApi.pollPath(pending.stepId()))
                        .header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS)
                        .build();
        };
    }

    /** Where the store has a URL for a client that follows it, that; else the file, from the page cache to the socket. */
    private Response.ResponseBuilder answer(BlobName name, RoutingContext routing) throws IOException {
        Optional<URI> url = StoreRedirects.wanted(routing) ? blobs.url(name) : Optional.empty();
        if (url.isPresent()) {
            return StoreRedirects.seeOther(url.get());
        }
        BlobFile file = blobs.file(name).orElseThrow(() -> StepGateway.unknown(name));
        routing.addEndHandler(sent -> file.close());
        return Response.ok(new PathPart(file.path(), 0, Files.size(file.path())), EncryptedTensor.MEDIA_TYPE);
    }

    private static long microsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1000;
    }
}
