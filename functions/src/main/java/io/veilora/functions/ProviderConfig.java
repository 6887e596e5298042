package io.veilora.functions;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/** The provider's configuration; every name starts with {@code veilora.}. */
@ConfigMapping(prefix = "veilora")
public interface ProviderConfig {
    /** Folder of models, blobs, ledger and broker. */
    Path data();

    /** Where Kafka is: {@code embedded} in this process, or {@code external} at {@code kafka.bootstrap.servers}. */
    @WithDefault("embedded")
    Broker broker();

    /** Who may send steps, by tenant name; in the embedded shape empty means one tenant, {@code local}. */
    Map<String, Tenant> tenants();

    Gateway gateway();

    Blobs blobs();

    Weights weights();

    Steps steps();

    enum Broker {
        EMBEDDED,
        EXTERNAL
    }

    interface Tenant {
        /** SHA-256 of the API key in hexadecimal; the key itself is nowhere in the configuration. */
        String apiKeySha256();
    }

    interface Gateway {
        /** Most tokens of one step. */
        @WithDefault("8192")
        int maxTokens();

        /** Most steps of one tenant in flight at this gateway. */
        @WithDefault("64")
        int maxInFlight();

        /** How long a sender may pause in the middle of a body. */
        @WithDefault("60s")
        Duration readPatience();

        /** How long a request waits for its answer before it is told to poll. */
        @WithDefault("20s")
        Duration answerWait();
    }

    interface Blobs {
        /** Age at which requests and answers are deleted. */
        @WithDefault("1h")
        Duration expiry();
    }

    interface Weights {
        /**
         * Memory for weights, 8 GiB if not set, or what a GPU has; never more than that. The least recently used leave
         * first.
         */
        OptionalLong maxBytes();
    }

    interface Steps {
        /** Memory for the requests and answers of one GEMM. */
        @WithDefault("268435456")
        long batchBytes();

        /** This replica's name in the consumer group; every replica has another one that it keeps over restarts. */
        @WithDefault("local")
        String instance();
    }
}
