package io.veilora.functions;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The provider's configuration; every name starts with {@code veilora.}. */
@ConfigMapping(prefix = "veilora")
public interface ProviderConfig {
    /** Folder of models, blobs, ledger and broker. */
    Path data();

    /** What this process does: {@code all}, {@code gateway} or {@code function}. */
    @WithDefault("all")
    Role role();

    /** Where Kafka is: {@code embedded} in this process, or {@code external} at {@code kafka.bootstrap.servers}. */
    @WithDefault("embedded")
    Broker broker();

    /** Where the ledger is: an {@code h2} file in the data folder, or the {@code postgresql} that a cluster shares. */
    @WithDefault("h2")
    Database database();

    /** Where models and blobs are: in {@code folder} below {@link #data}, or in an {@code s3} store ({@code veilora.s3.*}). */
    @WithDefault("folder")
    Store store();

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

    enum Database {
        H2,
        POSTGRESQL
    }

    enum Store {
        FOLDER,
        S3
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

        /**
         * This replica's name in the consumer group. In a cluster either none, or for every replica another one that it
         * keeps over restarts.
         */
        Optional<String> instance();

        /** The pool whose steps this function takes; none is the default pool. */
        Optional<String> pool();

        /** How long a function that is asked to stop may take to finish the batch that it computes. */
        @WithDefault("25s")
        Duration drainPatience();
    }
}
