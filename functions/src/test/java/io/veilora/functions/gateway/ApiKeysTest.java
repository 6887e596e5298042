package io.veilora.functions.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    @Test
    void aKeyNamesItsTenantAndAnotherKeyNobody() {
        ApiKeys keys = new ApiKeys(Map.of("alice", digest("one"), "bob", digest("two")));
        assertThat(keys.tenant("one")).hasValue("alice");
        assertThat(keys.tenant("two")).hasValue("bob");
        assertThat(keys.tenant("three")).isEmpty();
        assertThat(keys.tenant("")).isEmpty();
    }

    @Test
    void aDigestThatIsNoneAndATenantNameThatIsNoneStopTheStart() {
        assertThatThrownBy(() -> new ApiKeys(Map.of("alice", "abcd"))).hasMessageContaining("alice");
        assertThatThrownBy(() -> new ApiKeys(Map.of("Al/ice", digest("one")))).hasMessageContaining("tenant");
    }

    @Test
    void theKeyFileIsMadeOnceForItsOwnerOnly(@TempDir Path data) throws IOException {
        String first = ApiKeyFile.digest(data);
        String key = Files.readString(ApiKeyFile.path(data)).strip();
        assertThat(ApiKeyFile.digest(data)).isEqualTo(first).isEqualTo(digest(key));
        assertThat(key).hasSizeGreaterThan(40);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ApiKeyFile.path(data))))
                .isEqualTo("rw-------");
    }

    private static String digest(String key) {
        return Sha256.hex(key.getBytes(StandardCharsets.UTF_8));
    }
}
