package io.veilora.functions.database;

import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.arc.InjectableInstance;
import io.veilora.functions.ProviderConfig;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/**
 * The one database of this process, for whoever injects an {@link AgroalDataSource} or a {@link javax.sql.DataSource}. Quarkus
 * fixes a data source's kind when it builds, so both kinds are built in and {@code veilora.database} says which is used; the
 * migrations are the same files for both.
 */
final class DatabaseInUse {
    @Produces
    @Singleton
    AgroalDataSource dataSource(
            ProviderConfig config,
            @DataSource("h2") InjectableInstance<AgroalDataSource> h2,
            @DataSource("postgresql") InjectableInstance<AgroalDataSource> postgresql) {
        return switch (config.database()) {
            case H2 -> h2.get();
            case POSTGRESQL -> postgresql.get();
        };
    }
}
