-- Tenants, their limits and API keys, who changed them, and which creating requests were answered before.
CREATE TABLE tenant (
    name              VARCHAR(63)   PRIMARY KEY,
    role              VARCHAR(8)    NOT NULL,
    created_at        TIMESTAMP     NOT NULL,
    disabled_at       TIMESTAMP,
    steps_per_second  INTEGER,
    concurrent_steps  INTEGER,
    bytes_per_day     BIGINT,
    spend_per_month   NUMERIC(18, 6)
);

-- The secret itself is nowhere: only its SHA-256. It has 256 random bits, so that no slower hash is needed.
CREATE TABLE api_key (
    id           UUID          PRIMARY KEY,
    tenant       VARCHAR(63)   NOT NULL REFERENCES tenant (name),
    name         VARCHAR(100)  NOT NULL,
    digest       VARCHAR(64)   NOT NULL UNIQUE,
    scopes       VARCHAR(200)  NOT NULL,
    created_at   TIMESTAMP     NOT NULL,
    expires_at   TIMESTAMP,
    revoked_at   TIMESTAMP,
    last_used_at TIMESTAMP
);

CREATE INDEX api_key_by_tenant ON api_key (tenant, id);

-- Only ever added to.
CREATE TABLE audit_entry (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         TIMESTAMP     NOT NULL,
    actor      VARCHAR(63)   NOT NULL,
    api_key    UUID,
    action     VARCHAR(40)   NOT NULL,
    subject    VARCHAR(200)  NOT NULL,
    detail     VARCHAR(1000),
    address    VARCHAR(64)
);

CREATE TABLE created_once (
    caller          VARCHAR(63)   NOT NULL,
    idempotency_key VARCHAR(200)  NOT NULL,
    request_digest  VARCHAR(64)   NOT NULL,
    subject         VARCHAR(100)  NOT NULL,
    created_at      TIMESTAMP     NOT NULL,
    PRIMARY KEY (caller, idempotency_key)
);
