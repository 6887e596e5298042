package io.veilora.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.account.AccountApi;
import io.veilora.protocol.account.ApiKeyAccount;
import io.veilora.protocol.account.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keys}: API keys, one's own or, for an operator, a tenant's. */
@Command(
        name = "keys",
        description = "Manage API keys: one's own, or with --tenant those of a tenant, as the operator.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "A key's secret is shown once, by create and rotate; with --out it goes into a file that only its owner reads.",
            "",
            "Examples:",
            "  veilora keys create --tenant clinic --name training --out clinic-key",
            "  veilora keys create --tenant clinic --name console --scopes usage:read,admin",
            "  veilora keys list --tenant clinic",
            "  veilora keys rotate 0d5ac0ee-0c2a-4a5b-8f6e-7d0b4b0c1c11 --tenant clinic --overlap-hours 24",
            "  veilora keys revoke 0d5ac0ee-0c2a-4a5b-8f6e-7d0b4b0c1c11 --tenant clinic"
        })
final class KeysCommand implements Runnable {
    /** Whose keys. */
    static final class Owner {
        @Option(names = "--tenant", paramLabel = "NAME", description = "a tenant's keys (default: one's own)")
        private String tenant;

        String keys() {
            return tenant == null ? AccountApi.KEYS : AccountApi.keys(AccountOptions.encoded(tenant));
        }
    }

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    @Command(name = "create", description = "Make a key.")
    int create(
            @Mixin AccountOptions account,
            @Mixin Owner owner,
            @Option(names = "--name", paramLabel = "NAME", defaultValue = "key", description = "for people")
                    String name,
            @Option(
                            names = "--scopes",
                            paramLabel = "SCOPE",
                            split = ",",
                            description = "steps, models:read, usage:read, admin (default: the first three)")
                    Set<String> scopes,
            @Option(names = "--expires", paramLabel = "TIME", description = "as in 2027-01-31T00:00:00Z")
                    String expires,
            @Option(names = "--out", paramLabel = "FILE", description = "write the secret here") Path file)
            throws IOException {
        Set<Scope> wanted = null;
        if (scopes != null) {
            wanted = new LinkedHashSet<>();
            for (String scope : scopes) {
                wanted.add(Scope.parse(scope));
            }
        }
        SecretFile target = SecretFile.reserve(file);
        show(account, account.post(owner.keys(), new ApiKeyAccount.Wanted(name, wanted, expires)), target);
        return 0;
    }

    @Command(name = "list", description = "List keys, without their secrets.")
    int list(@Mixin AccountOptions account, @Mixin Owner owner) throws IOException {
        TextTable table = new TextTable("id", "name", "scopes", "created", "expires", "revoked", "last used");
        account.eachOf(owner.keys(), key -> {
            if (account.isJson()) {
                account.print(key);
                return;
            }
            Set<String> scopes = new LinkedHashSet<>();
            key.path("scopes").forEach(scope -> scopes.add(scope.asText()));
            table.add(
                    key.path("id").asText(),
                    key.path("name").asText(),
                    String.join(",", scopes),
                    key.path("created").asText(),
                    key.path("expires").asText("-"),
                    key.path("revoked").asText("-"),
                    key.path("lastUsed").asText("-"));
        });
        if (!account.isJson()) {
            table.print(account.out());
        }
        return 0;
    }

    @Command(name = "revoke", description = "End a key, within seconds at every gateway.")
    int revoke(@Mixin AccountOptions account, @Mixin Owner owner, @Parameters(paramLabel = "ID") String id)
            throws IOException {
        account.print(account.delete(AccountApi.key(owner.keys(), AccountOptions.id(id))));
        return 0;
    }

    @Command(name = "rotate", description = "Make another key like one that then ends; both work meanwhile.")
    int rotate(
            @Mixin AccountOptions account,
            @Mixin Owner owner,
            @Parameters(paramLabel = "ID") String id,
            @Option(
                            names = "--overlap-hours",
                            paramLabel = "N",
                            defaultValue = "24",
                            description = "how long the old one goes on (default: ${DEFAULT-VALUE})")
                    int overlapHours,
            @Option(names = "--out", paramLabel = "FILE", description = "write the new secret here") Path file)
            throws IOException {
        SecretFile target = SecretFile.reserve(file);
        String path = AccountApi.rotation(owner.keys(), AccountOptions.id(id)) + "?overlapHours=" + overlapHours;
        show(account, account.post(path), target);
        return 0;
    }

    private static void show(AccountOptions account, JsonNode made, SecretFile file) throws IOException {
        if (file == null) {
            account.print(made);
            return;
        }
        file.write(made.path("secret").asText());
        account.print(made.path("key"));
        account.out().println("secret: " + file.path());
        account.out().flush();
    }
}
