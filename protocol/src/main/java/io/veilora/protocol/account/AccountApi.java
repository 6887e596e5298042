package io.veilora.protocol.account;

import java.util.UUID;

/** The HTTP paths and headers of accounts and bills, the same for client and gateway. */
public final class AccountApi {
    /** Of the caller's own keys. */
    public static final String KEYS = "/v1/keys";

    public static final String USAGE = "/v1/usage";
    public static final String STATEMENTS = "/v1/statements";
    public static final String QUOTES = "/v1/quotes";
    public static final String TENANTS = "/v1/admin/tenants";
    public static final String AUDIT = "/v1/admin/audit";

    /** Request header: groups the steps of one run in usage and bills; opaque, optional. */
    public static final String RUN = "Veilora-Run";

    private AccountApi() {}

    public static String tenant(String name) {
        return TENANTS + "/" + name;
    }

    /** The keys of a tenant, for the operator. */
    public static String keys(String tenant) {
        return tenant(tenant) + "/keys";
    }

    /** @param keys {@link #KEYS} or {@link #keys(String)} */
    public static String key(String keys, UUID id) {
        return keys + "/" + id;
    }

    /** A month's bill of the caller. @param month as in 2026-11 */
    public static String statement(String month) {
        return STATEMENTS + "/" + month;
    }

    /** The same of any tenant, for the operator. */
    public static String statement(String tenant, String month) {
        return tenant(tenant) + "/statements/" + month;
    }

    /** The usage of any tenant, for the operator. */
    public static String usage(String tenant) {
        return tenant(tenant) + "/usage";
    }

    /** {@code POST}: another key like it, both valid for a while. */
    public static String rotation(String keys, UUID id) {
        return key(keys, id) + "/rotation";
    }
}
