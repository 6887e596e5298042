package io.veilora.functions.gateway;

import io.veilora.functions.store.TenantName;
import io.veilora.functions.tenant.Principal;
import io.veilora.protocol.wire.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Whose the API keys of the configuration are. Only digests are kept, and compared in constant time. */
public final class ApiKeys {
    private final Map<Principal, byte[]> digests = new LinkedHashMap<>();

    /** @param sha256ByPrincipal SHA-256 of each one's key, hexadecimal */
    public ApiKeys(Map<Principal, String> sha256ByPrincipal) {
        sha256ByPrincipal.forEach((principal, hex) -> {
            byte[] digest = HexFormat.of().parseHex(hex.strip());
            if (digest.length != Sha256.BYTES) {
                throw new IllegalArgumentException("api-key-sha256 of " + principal.tenant() + ": got " + digest.length
                        + " bytes, expected " + Sha256.BYTES);
            }
            TenantName.require(principal.tenant());
            digests.put(principal, digest);
        });
    }

    /** Tenants and operators that have a key. */
    int count() {
        return digests.size();
    }

    /** Whose {@code key} it is, or empty if it is nobody's. Looks at all of them, whichever fits. */
    public Optional<Principal> principal(String key) {
        byte[] digest = Sha256.of(key.getBytes(StandardCharsets.UTF_8));
        Principal found = null;
        for (Map.Entry<Principal, byte[]> entry : digests.entrySet()) {
            if (MessageDigest.isEqual(entry.getValue(), digest)) {
                found = entry.getKey();
            }
        }
        return Optional.ofNullable(found);
    }
}
