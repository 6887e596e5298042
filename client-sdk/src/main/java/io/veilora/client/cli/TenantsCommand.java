package io.veilora.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.account.AccountApi;
import io.veilora.protocol.account.Role;
import io.veilora.protocol.account.TenantAccount;
import io.veilora.protocol.account.TenantLimits;
import java.io.IOException;
import java.math.BigDecimal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tenants}: who may use a provider, and how much; for its operator. */
@Command(
        name = "tenants",
        description = "Manage the tenants of a provider, as its operator.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  veilora tenants create clinic --steps-per-second 200 --spend-per-month 500",
            "  veilora tenants list",
            "  veilora tenants limits clinic --bytes-per-day 50GB",
            "  veilora tenants disable clinic",
            "  veilora tenants audit"
        })
final class TenantsCommand implements Runnable {
    /** Limits as options; what is left out is without limit. */
    static final class LimitOptions {
        @Option(names = "--steps-per-second", paramLabel = "N", description = "most steps a second")
        private Integer stepsPerSecond;

        @Option(names = "--concurrent-steps", paramLabel = "N", description = "most steps at the same time")
        private Integer concurrentSteps;

        @Option(
                names = "--bytes-per-day",
                paramLabel = "SIZE",
                converter = ByteSize.Converter.class,
                description = "most bytes of steps sent in a day UTC, as in 50GB")
        private ByteSize bytesPerDay;

        @Option(
                names = "--spend-per-month",
                paramLabel = "AMOUNT",
                description = "most to be spent in a month UTC, in the price list's currency")
        private BigDecimal spendPerMonth;

        TenantLimits limits() {
            return new TenantLimits(
                    stepsPerSecond, concurrentSteps, bytesPerDay == null ? null : bytesPerDay.bytes(), spendPerMonth);
        }
    }

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    @Command(name = "create", description = "Create a tenant; 'keys create' makes its first key.")
    int create(
            @Mixin AccountOptions account,
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--operator", description = "one that manages the others") boolean operator,
            @Mixin LimitOptions limits)
            throws IOException {
        TenantAccount.Wanted wanted =
                new TenantAccount.Wanted(name, operator ? Role.OPERATOR : Role.TENANT, limits.limits());
        account.print(account.post(AccountApi.TENANTS, wanted));
        return 0;
    }

    @Command(name = "list", description = "List all tenants with their limits.")
    int list(@Mixin AccountOptions account) throws IOException {
        TextTable table =
                new TextTable("name", "role", "created", "disabled", "steps/s", "at once", "B/day", "spend/month");
        account.eachOf(AccountApi.TENANTS, tenant -> {
            if (account.isJson()) {
                account.print(tenant);
                return;
            }
            JsonNode limits = tenant.path("limits");
            table.add(
                    tenant.path("name").asText(),
                    tenant.path("role").asText(),
                    tenant.path("created").asText(),
                    tenant.path("disabled").asText("-"),
                    limits.path("stepsPerSecond").asText("-"),
                    limits.path("concurrentSteps").asText("-"),
                    limits.path("bytesPerDay").asText("-"),
                    limits.path("spendPerMonth").asText("-"));
        });
        if (!account.isJson()) {
            table.print(account.out());
        }
        return 0;
    }

    @Command(name = "limits", description = "Replace a tenant's limits; an option left out is without limit.")
    int limits(@Mixin AccountOptions account, @Parameters(paramLabel = "NAME") String name, @Mixin LimitOptions limits)
            throws IOException {
        account.print(account.put(AccountApi.tenant(AccountOptions.encoded(name)) + "/limits", limits.limits()));
        return 0;
    }

    @Command(name = "disable", description = "Let no key of a tenant work any more.")
    int disable(@Mixin AccountOptions account, @Parameters(paramLabel = "NAME") String name) throws IOException {
        account.print(account.post(AccountApi.tenant(AccountOptions.encoded(name)) + "/disabled"));
        return 0;
    }

    @Command(name = "enable", description = "Let a disabled tenant's valid keys work again.")
    int enable(@Mixin AccountOptions account, @Parameters(paramLabel = "NAME") String name) throws IOException {
        account.print(account.post(AccountApi.tenant(AccountOptions.encoded(name)) + "/enabled"));
        return 0;
    }

    @Command(name = "audit", description = "Show who changed what, the newest first.")
    int audit(@Mixin AccountOptions account) throws IOException {
        TextTable table = new TextTable("at", "actor", "action", "subject", "detail", "from");
        account.eachOf(AccountApi.AUDIT, entry -> {
            if (account.isJson()) {
                account.print(entry);
                return;
            }
            table.add(
                    entry.path("at").asText(),
                    entry.path("actor").asText(),
                    entry.path("action").asText(),
                    entry.path("subject").asText(),
                    entry.path("detail").asText("-"),
                    entry.path("address").asText("-"));
        });
        if (!account.isJson()) {
            table.print(account.out());
        }
        return 0;
    }
}
