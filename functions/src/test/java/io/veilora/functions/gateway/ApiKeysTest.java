package io.veilora.functions.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.tenant.ApiKeySecret;
import io.veilora.functions.tenant.Principal;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {
    private static final Principal ALICE = Principal.configuredTenant("alice");
    private static final Principal BOB = Principal.configuredOperator("bob");

    @Test
    void aKeyNamesItsTenantAndAnotherKeyNobody() {
        ApiKeys keys = new ApiKeys(Map.of(ALICE, digest("one"), BOB, digest("two")));
        assertThat(keys.principal("one")).hasValue(ALICE);
        assertThat(keys.principal("two")).hasValue(BOB);
        assertThat(keys.principal("three")).isEmpty();
        assertThat(keys.principal("")).isEmpty();
    }

    @Test
    void aDigestThatIsNoneAndATenantNameThatIsNoneStopTheStart() {
        assertThatThrownBy(() -> new ApiKeys(Map.of(ALICE, "abcd"))).hasMessageContaining("alice");
        assertThatThrownBy(() -> new ApiKeys(Map.of(Principal.configuredTenant("Al/ice"), digest("one"))))
                .hasMessageContaining("tenant");
    }

    @Test
    void theKeyFileIsMadeOnceForItsOwnerOnly(@TempDir Path data) throws IOException {
        String first = ApiKeyFile.digest(data);
        String key = Files.readString(ApiKeyFile.path(data)).strip();
        assertThat(ApiKeyFile.digest(data)).isEqualTo(first).isEqualTo(digest(key));
        assertThat(key).matches(ApiKeySecret.FORM);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ApiKeyFile.path(data))))
                .isEqualTo("rw-------");
    }

    @Test
    void theOperatorsKeyIsAnotherOne(@TempDir Path data) throws IOException {
        assertThat(ApiKeyFile.operatorDigest(data)).isNotEqualTo(ApiKeyFile.digest(data));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ApiKeyFile.operatorPath(data))))
                .isEqualTo("rw-------");
    }

    private static String digest(String key) {
        return Sha256.hex(key.getBytes(StandardCharsets.UTF_8));
    }
}
