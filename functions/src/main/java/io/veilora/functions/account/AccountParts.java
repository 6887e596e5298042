package io.veilora.functions.account;

import io.agroal.api.AgroalDataSource;
import io.veilora.functions.database.Database;
import io.veilora.functions.tenant.AccountsConfig;
import io.veilora.functions.tenant.ApiKeyAccounts;
import io.veilora.functions.tenant.AuditLog;
import io.veilora.functions.tenant.KeyDirectory;
import io.veilora.functions.tenant.TenantAccounts;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Puts accounts together from plain classes. Nothing here reads the database before it is asked. */
final class AccountParts {
    @Produces
    @Singleton
    Database database(AgroalDataSource dataSource) {
        return new Database(dataSource);
    }

    @Produces
    @Singleton
    AuditLog audit(Database database) {
        return new AuditLog(database);
    }

    @Produces
    @Singleton
    KeyDirectory directory(Database database, AccountsConfig config) {
        return new KeyDirectory(database, config.keyCache());
    }

    @Produces
    @Singleton
    TenantAccounts tenants(Database database, AuditLog audit) {
        return new TenantAccounts(database, audit);
    }

    @Produces
    @Singleton
    ApiKeyAccounts keys(Database database, AuditLog audit, KeyDirectory directory) {
        return new ApiKeyAccounts(database, audit, directory);
    }
}
