package io.veilora.client;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.veilora.client.transport.Endpoint;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * Where a base model is and how its linear layers are computed: enough to open it again with {@link BaseModel#open}, and
 * never an API key.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "mode")
@JsonSubTypes({
    @JsonSubTypes.Type(name = "encrypted", value = ModelSource.Provider.class),
    @JsonSubTypes.Type(name = "simulated", value = ModelSource.Simulated.class),
    @JsonSubTypes.Type(name = "clear", value = ModelSource.Clear.class)
})
public sealed interface ModelSource {
    Path USUAL_CACHE = Path.of(".veilora", "cache");
    int USUAL_PATIENCE_MINUTES = 15;

    /**
     * At a provider, under encryption.
     *
     * @param provider base URL
     * @param model name there
     * @param cache folder for what is downloaded
     * @param hintQuotaBytes disk space for this model's hints, others are streamed; null for a share of the free space
     * @param patienceMinutes how long to wait for a provider that is away
     * @param apiKeyFile file with the API key; null when it comes otherwise
     * @param caFile certificates in PEM that vouch for the provider; null for those that Java knows
     * @param runName groups the steps in the provider's usage and bills; null for none
     */
    record Provider(
            URI provider,
            String model,
            @JsonSerialize(using = ToStringSerializer.class) Path cache,
            Long hintQuotaBytes,
            int patienceMinutes,
            @JsonSerialize(using = ToStringSerializer.class) Path apiKeyFile,
            @JsonSerialize(using = ToStringSerializer.class) Path caFile,
            String runName)
            implements ModelSource {
        public Provider {
            caFile = caFile == null ? null : caFile.toAbsolutePath().normalize();
            cache = cache.toAbsolutePath().normalize();
            apiKeyFile = apiKeyFile == null ? null : apiKeyFile.toAbsolutePath().normalize();
        }

        /** One whose certificate Java knows, and without a name for the run. */
        public Provider(
                URI provider, String model, Path cache, Long hintQuotaBytes, int patienceMinutes, Path apiKeyFile) {
            this(provider, model, cache, hintQuotaBytes, patienceMinutes, apiKeyFile, null, null);
        }

        /** With the cache and the patience that the command line has too. */
        public static Provider of(URI provider, String model) {
            return new Provider(provider, model, USUAL_CACHE, null, USUAL_PATIENCE_MINUTES, null);
        }

        public OptionalLong hintQuota() {
            return hintQuotaBytes == null ? OptionalLong.empty() : OptionalLong.of(hintQuotaBytes);
        }

        /** Where it is, for a connection. */
        public Endpoint endpoint(String apiKey) {
            return new Endpoint(provider, apiKey, caFile, runName);
        }

        public Duration patience() {
            return Duration.ofMinutes(patienceMinutes);
        }
    }

    /** A Hugging Face folder here, computed with int8 weights and the errors of encryption. */
    record Simulated(
            @JsonSerialize(using = ToStringSerializer.class) Path folder, long seed) implements ModelSource {
        public Simulated {
            folder = folder.toAbsolutePath().normalize();
        }
    }

    /** A Hugging Face folder here, computed in float32. */
    record Clear(
            @JsonSerialize(using = ToStringSerializer.class) Path folder) implements ModelSource {
        public Clear {
            folder = folder.toAbsolutePath().normalize();
        }
    }
}
