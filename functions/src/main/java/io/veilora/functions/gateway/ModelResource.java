package io.veilora.functions.gateway;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.veilora.functions.model.ModelStore;
import io.veilora.protocol.account.Scope;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.PathPart;

/** The models: their manifests, and the files that a client needs of them. Weights stay here. */
@Path("/v1")
@Tag(name = "models")
@RunOnVirtualThread
public class ModelResource {
    private final ModelStore models;
    private final Caller caller;

    ModelResource(ModelStore models, Caller caller) {
        this.models = models;
        this.caller = caller;
    }

    @GET
    @Path("models")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "The models that are here")
    public byte[] list() throws IOException {
        caller.tenant(Scope.MODELS);
        List<ModelSummary> summaries = new ArrayList<>();
        for (ModelManifest manifest : models.list()) {
            summaries.add(ModelSummary.of(manifest));
        }
        return ProtocolJson.MAPPER.writeValueAsBytes(summaries);
    }

    @GET
    @Path("models/{model}")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "A model's manifest: geometry, layers, digests")
    public byte[] manifest(@PathParam("model") String model) throws IOException {
        return ProtocolJson.MAPPER.writeValueAsBytes(require(model));
    }

    @GET
    @Path("models/{model}/files/{path: .+}")
    @Operation(summary = "A file that the manifest names, but for the weights; with single ranges and strong ETags")
    public Response file(
            @PathParam("model") String model,
            @PathParam("path") String path,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) String ifNoneMatch,
            @HeaderParam("If-Range") String ifRange,
            @HeaderParam("Range") String range,
            @Context RoutingContext routing)
            throws IOException {
        ModelManifest manifest = require(model);
        StoredFile stored = published(manifest, path).orElseThrow(() -> unknownFile(path));
        String etag = "\"" + stored.sha256() + "\"";
        if (ifNoneMatch != null
                && (ifNoneMatch.contains(etag) || ifNoneMatch.strip().equals("*"))) {
            return Response.notModified().header(HttpHeaders.ETAG, etag).build();
        }
        Optional<URI> url = StoreRedirects.wanted(routing) ? models.url(manifest, stored) : Optional.empty();
        if (url.isPresent()) {
            return StoreRedirects.seeOther(url.get()).build();
        }
        java.nio.file.Path file = models.file(manifest, stored);
        Optional<ByteRange> wanted = ifRange == null || ifRange.strip().equals(etag)
                ? ByteRange.parse(range, stored.bytes())
                : Optional.empty();
        if (wanted.isPresent() && !wanted.get().satisfiable()) {
            return ProblemResponses.of(unsatisfiable(range, stored))
                    .header("Content-Range", wanted.get().contentRange(stored.bytes()))
                    .build();
        }
        ByteRange part = wanted.orElse(new ByteRange(0, stored.bytes()));
        Response.ResponseBuilder response = Response.status(wanted.isPresent() ? 206 : 200)
                .entity(new PathPart(file, part.first(), part.count()))
                .type(path.endsWith(".json") ? MediaType.APPLICATION_JSON : MediaType.APPLICATION_OCTET_STREAM)
                .header(HttpHeaders.ETAG, etag)
                .header("Accept-Ranges", "bytes");
        return wanted.isPresent()
                ? response.header("Content-Range", part.contentRange(stored.bytes()))
                        .build()
                : response.build();
    }

    private ModelManifest require(String model) throws IOException {
        caller.tenant(Scope.MODELS);
        return models.find(model).orElseThrow(() -> StepRequestReader.unknownModel(model));
    }

    /** The file, if the manifest names it for clients. Nothing else can be had, whatever the path says. */
    private static Optional<StoredFile> published(ModelManifest manifest, String path) {
        for (StoredFile file : manifest.clientFiles().values()) {
            if (file.path().equals(path)) {
                return Optional.of(file);
            }
        }
        for (RemoteLayer layer : manifest.layers()) {
            for (StoredFile hint : List.of(layer.forwardHint(), layer.backwardHint())) {
                if (hint.path().equals(path)) {
                    return Optional.of(hint);
                }
            }
        }
        return Optional.empty();
    }

    private static PermanentException unknownFile(String path) {
        return new PermanentException(Problem.of(ProblemCode.UNKNOWN_FILE)
                .detail("file: got '%.100s'", path)
                .remedy("the manifest names the files of a model"));
    }

    private static Problem unsatisfiable(String range, StoredFile file) {
        return ProblemResponses.invalid(416, "range: got '%.60s', the file has %d bytes", range, file.bytes());
    }
}
