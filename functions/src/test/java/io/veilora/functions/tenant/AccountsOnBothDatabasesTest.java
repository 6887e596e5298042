package io.veilora.functions.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.database.Database;
import io.veilora.protocol.account.ApiKeyAccount;
import io.veilora.protocol.account.AuditEntry;
import io.veilora.protocol.account.Page;
import io.veilora.protocol.account.Role;
import io.veilora.protocol.account.Scope;
import io.veilora.protocol.account.TenantAccount;
import io.veilora.protocol.account.TenantLimits;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.VeiloraException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is promised of tenants and keys, on H2 and on a real PostgreSQL. */
class AccountsOnBothDatabasesTest {
    private static final String BOTH = "io.veilora.functions.database.TestDatabases#both";
    private static final TenantLimits LIMITS = new TenantLimits(7, 3, 1L << 40, new BigDecimal("12.5"));

    private final Actor operator = new Actor("root-" + UUID.randomUUID(), null, "127.0.0.1");
    private final String tenant = "t-" + UUID.randomUUID();

    @ParameterizedTest
    @MethodSource(BOTH)
    void aTenantIsKeptWithItsLimits(DataSource source) {
        TenantAccounts tenants = accounts(source).tenants;
        tenants.create(operator, new TenantAccount.Wanted(tenant, Role.TENANT, LIMITS), null);
        assertThat(tenants.get(tenant).limits()).isEqualTo(LIMITS);
        tenants.setLimits(operator, tenant, TenantLimits.NONE);
        assertThat(tenants.get(tenant).limits()).isEqualTo(TenantLimits.NONE);
        assertThatThrownBy(() -> tenants.create(operator, new TenantAccount.Wanted(tenant, null, null), null))
                .isInstanceOfSatisfying(
                        VeiloraException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.CONFLICT));
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void aRevokedKeyWorksAtAnotherGatewayOnlyAsLongAsAnAnswerIsBelieved(DataSource source) throws Exception {
        Accounts here = accounts(source);
        KeyDirectory elsewhere = new KeyDirectory(new Database(source), Duration.ofMillis(300));
        here.tenants.create(operator, new TenantAccount.Wanted(tenant, null, LIMITS), null);
        ApiKeyAccount.Created made = here.keys.create(operator, tenant, wanted(null), null);
        assertThat(elsewhere.known(made.secret())).isEmpty();
        assertThat(elsewhere.ask(made.secret()).principal())
                .contains(new Principal(
                        tenant,
                        Role.TENANT,
                        Set.of(Scope.STEPS),
                        LIMITS,
                        made.key().id()));
        here.keys.revoke(operator, tenant, made.key().id());
        Thread.sleep(310);
        assertThat(elsewhere.known(made.secret())).isEmpty();
        assertThat(elsewhere.ask(made.secret()).principal()).isEmpty();
        assertThat(here.directory.ask(made.secret()).principal()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void anExpiredKeyWorksNoMore(DataSource source) throws Exception {
        Accounts accounts = accounts(source);
        accounts.tenants.create(operator, new TenantAccount.Wanted(tenant, null, null), null);
        String soon = Instant.now().plusMillis(400).toString();
        String secret =
                accounts.keys.create(operator, tenant, wanted(soon), null).secret();
        assertThat(accounts.directory.ask(secret).principal()).isPresent();
        Thread.sleep(500);
        assertThat(accounts.directory.ask(secret).principal()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void theDatabaseHoldsNoSecret(DataSource source) throws Exception {
        Accounts accounts = accounts(source);
        accounts.tenants.create(operator, new TenantAccount.Wanted(tenant, null, null), null);
        String secret =
                accounts.keys.create(operator, tenant, wanted(null), null).secret();
        for (String table : List.of("tenant", "api_key", "audit_entry", "created_once")) {
            try (Connection connection = source.getConnection();
                    PreparedStatement query = connection.prepareStatement("SELECT * FROM " + table);
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
                        assertThat(String.valueOf(rows.getObject(column))).doesNotContain(secret.substring(3, 46));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void manyEqualRequestsAtOnceMakeOneKey(DataSource source) throws Exception {
        Accounts accounts = accounts(source);
        accounts.tenants.create(operator, new TenantAccount.Wanted(tenant, null, null), null);
        List<Future<ApiKeyAccount.Created>> answers = new ArrayList<>();
        try (ExecutorService requests = Executors.newFixedThreadPool(8)) {
            Callable<ApiKeyAccount.Created> request =
                    () -> accounts.keys.create(operator, tenant, wanted(null), "once");
            for (int i = 0; i < 8; i++) {
                answers.add(requests.submit(request));
            }
        }
        List<String> secrets = new ArrayList<>();
        for (Future<ApiKeyAccount.Created> answer : answers) {
            if (answer.get().secret() != null) {
                secrets.add(answer.get().secret());
            }
        }
        assertThat(secrets).hasSize(1);
        assertThat(accounts.keys.page(tenant, null, 50).items()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void theAuditLogIsReadFromTheNewestOnInPages(DataSource source) {
        Accounts accounts = accounts(source);
        accounts.tenants.create(operator, new TenantAccount.Wanted(tenant, null, null), null);
        accounts.tenants.setEnabled(operator, tenant, false);
        accounts.tenants.setEnabled(operator, tenant, true);
        Page<AuditEntry> first = accounts.audit.page(Long.MAX_VALUE, 2);
        Page<AuditEntry> second = accounts.audit.page(Long.parseLong(first.next()), 1);
        assertThat(first.items()).extracting(AuditEntry::action).containsExactly("tenant.enable", "tenant.disable");
        assertThat(second.items()).extracting(AuditEntry::action).containsExactly("tenant.create");
        assertThat(first.items()).extracting(AuditEntry::actor).containsOnly(operator.tenant());
    }

    private static ApiKeyAccount.Wanted wanted(String expires) {
        return new ApiKeyAccount.Wanted("test", Set.of(Scope.STEPS), expires);
    }

    private record Accounts(TenantAccounts tenants, ApiKeyAccounts keys, KeyDirectory directory, AuditLog audit) {}

    private static Accounts accounts(DataSource source) {
        Database database = new Database(source);
        AuditLog audit = new AuditLog(database);
        KeyDirectory directory = new KeyDirectory(database, Duration.ofSeconds(2));
        return new Accounts(
                new TenantAccounts(database, audit), new ApiKeyAccounts(database, audit, directory), directory, audit);
    }
}
