package io.veilora.functions;

import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Identifier;
import io.veilora.functions.billing.BillingConfig;
import io.veilora.functions.ledger.UsageLedger;
import io.veilora.functions.model.ModelStore;
import io.veilora.functions.model.WeightsCache;
import io.veilora.functions.step.EventPublisher;
import io.veilora.functions.step.GroupGemm;
import io.veilora.functions.step.StepFunction;
import io.veilora.functions.store.BlobStore;
import io.veilora.runtime.EngineChoice;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ModularGemms;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Puts the provider together from plain classes: which store, which engine, how much memory. */
final class ProviderParts {
    /** Where weights lie in host memory and nobody said how much they may take. */
    private static final long HOST_WEIGHT_BYTES = 8L << 30;

    @Produces
    @Singleton
    EngineChoice engine() {
        return ModularGemms.best();
    }

    void stop(@Disposes EngineChoice engine) {
        engine.engine().close();
    }

    @Produces
    @Singleton
    WeightsCache weights(ProviderConfig config, ModelStore models, EngineChoice engine, MeterRegistry registry) {
        OptionalLong wanted = config.weights().maxBytes();
        WeightsCache cache = new WeightsCache(models, engine.engine(), weightBytes(wanted, engine.engine()));
        registry.gauge("veilora.weights.resident.bytes", cache, WeightsCache::residentBytes);
        return cache;
    }

    /** What the configuration says, within what the engine has. */
    static long weightBytes(OptionalLong wanted, ModularGemm engine) {
        OptionalLong there = engine.memoryBytes();
        return Math.min(wanted.orElse(there.orElse(HOST_WEIGHT_BYTES)), there.orElse(Long.MAX_VALUE));
    }

    void stop(@Disposes WeightsCache weights) {
        weights.close();
    }

    @Produces
    @Singleton
    UsageLedger ledger(AgroalDataSource dataSource, BillingConfig billing) {
        return new UsageLedger(dataSource, billing.events().url().isPresent());
    }

    @Produces
    @Singleton
    StepFunction steps(ProviderConfig config, ModelStore models, BlobStore blobs, UsageLedger ledger, GroupGemm gemm) {
        return new StepFunction(models, gemm, blobs, ledger, config.steps().batchBytes());
    }

    @Produces
    @Singleton
    GroupGemm gemm(EngineChoice engine, WeightsCache weights) {
        return new GroupGemm(engine.engine(), weights);
    }

    @Produces
    @Singleton
    Producer<String, byte[]> producer(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "veilora");
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 15_000);
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    void stop(@Disposes Producer<String, byte[]> producer) {
        producer.close(Duration.ofSeconds(5));
    }

    @Produces
    @Singleton
    EventPublisher events(Producer<String, byte[]> producer, StepPools pools) {
        return new EventPublisher(producer, pools);
    }
}
