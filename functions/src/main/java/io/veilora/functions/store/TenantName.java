package io.veilora.functions.store;

import java.util.regex.Pattern;

/** The form of a tenant's name: safe as a folder, an object prefix and a configuration name. */
public final class TenantName {
    private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    private TenantName() {}

    /** @throws IllegalArgumentException if it has another form */
    public static String require(String tenant) {
        if (tenant == null || !FORM.matcher(tenant).matches()) {
            throw new IllegalArgumentException("tenant: got '" + tenant + "', expected " + FORM);
        }
        return tenant;
    }
}
