package io.veilora.functions.billing;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * The price list in a JSON file (src/site/tenants.md shows one). Read when it is first needed, and again when it has
 * changed: new prices need no restart. A changed file that is wrong is reported and passed over.
 */
public final class PriceFile {
    private static final Logger LOG = Logger.getLogger(PriceFile.class);

    private final Path file;
    private FileTime readAt;
    private PriceList list;

    /** @param file null for none: nothing costs anything then */
    public PriceFile(Path file) {
        this.file = file;
    }

    /**
     * The prices as they are now, or empty if there is no list.
     *
     * @throws PermanentException INVALID_INPUT, saying what is wrong, if there never was a good one
     */
    public synchronized Optional<PriceList> current() {
        if (file == null) {
            return Optional.empty();
        }
        try {
            FileTime changed = Files.getLastModifiedTime(file);
            if (!changed.equals(readAt)) {
                readAt = changed;
                list = read(file);
            }
        } catch (IOException | IllegalArgumentException | DateTimeException e) {
            PermanentException wrong = wrong(e);
            if (list == null) {
                readAt = null;
                throw wrong;
            }
            LOG.errorf("the prices stay as they were: %s", wrong.getMessage());
        }
        return Optional.of(list);
    }

    private PermanentException wrong(Exception failure) {
        String what = failure instanceof com.fasterxml.jackson.core.JsonProcessingException
                ? "it is not JSON of the form that src/site/tenants.md describes"
                : failure.getMessage();
        return new PermanentException(
                Problem.of(ProblemCode.INVALID_INPUT)
                        .detail("price list %s: %s", file, what)
                        .remedy("correct the file; src/site/tenants.md describes it"),
                failure);
    }

    private static PriceList read(Path file) throws IOException {
        JsonNode json = ProtocolJson.MAPPER.readTree(file.toFile());
        List<PriceList.Version> versions = new ArrayList<>();
        for (JsonNode version : json.path("versions")) {
            Map<String, Price> models = new HashMap<>();
            for (Map.Entry<String, JsonNode> model : version.path("models").properties()) {
                models.put(model.getKey(), ProtocolJson.MAPPER.treeToValue(model.getValue(), Price.class));
            }
            versions.add(new PriceList.Version(
                    version.path("version").asText(),
                    Instant.parse(version.path("from").asText()),
                    version.hasNonNull("until")
                            ? Instant.parse(version.get("until").asText())
                            : null,
                    models));
        }
        return new PriceList(json.path("currency").asText(), versions);
    }
}
