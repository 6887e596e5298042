package io.veilora.functions.gateway;

import io.veilora.functions.store.TenantName;
import io.veilora.protocol.wire.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Which tenant an API key belongs to. Only digests are kept, and compared in constant time. */
public final class ApiKeys {
    private final Map<String, byte[]> digests = new LinkedHashMap<>();

    /** @param sha256ByTenant SHA-256 of each tenant's key, hexadecimal */
    public ApiKeys(Map<String, String> sha256ByTenant) {
        sha256ByTenant.forEach((tenant, hex) -> {
            byte[] digest = HexFormat.of().parseHex(hex.strip());
            if (digest.length != Sha256.BYTES) {
                throw new IllegalArgumentException("veilora.tenants." + tenant + ".api-key-sha256: got " + digest.length
                        + " bytes, expected " + Sha256.BYTES);
            }
            digests.put(TenantName.require(tenant), digest);
        });
    }

    /** Tenants that have a key. */
    int count() {
        return digests.size();
    }

    /** The tenant of {@code key}, or empty if it is nobody's. Looks at every tenant, whichever fits. */
    public Optional<String> tenant(String key) {
        byte[] digest = Sha256.of(key.getBytes(StandardCharsets.UTF_8));
        String found = null;
        for (Map.Entry<String, byte[]> entry : digests.entrySet()) {
            if (MessageDigest.isEqual(entry.getValue(), digest)) {
                found = entry.getKey();
            }
        }
        return Optional.ofNullable(found);
    }
}
