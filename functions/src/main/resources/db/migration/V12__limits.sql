-- What limits need to know, shared by all gateways. One row a tenant is locked for the moment of an admission.
CREATE TABLE tenant_admission (
    tenant       VARCHAR(63) PRIMARY KEY,
    next_micros  BIGINT      NOT NULL,
    usage_day    BIGINT      NOT NULL,
    bytes_today  BIGINT      NOT NULL
);

-- A step that is being answered. One that a dead gateway left ends by its time.
CREATE TABLE step_in_flight (
    id           UUID        PRIMARY KEY,
    tenant       VARCHAR(63) NOT NULL,
    until_micros BIGINT      NOT NULL
);

CREATE INDEX step_in_flight_by_tenant ON step_in_flight (tenant, until_micros);
