-- A step id belongs to its tenant: two tenants may use the same one, and neither can touch or notice the other's entry.
-- A table of its own and a copy, because H2 and PostgreSQL name primary keys differently.
CREATE TABLE usage_entry (
    tenant        VARCHAR(63)  NOT NULL,
    step_id       UUID         NOT NULL,
    model         VARCHAR(128) NOT NULL,
    layer         VARCHAR(64)  NOT NULL,
    direction     VARCHAR(8)   NOT NULL,
    run           VARCHAR(64)  NOT NULL,
    tokens        INTEGER      NOT NULL,
    multiply_adds BIGINT       NOT NULL,
    bytes_in      BIGINT       NOT NULL,
    bytes_out     BIGINT       NOT NULL,
    gemm_micros   BIGINT       NOT NULL,
    completed_at  TIMESTAMP    NOT NULL,
    PRIMARY KEY (tenant, step_id)
);

INSERT INTO usage_entry (tenant, step_id, model, layer, direction, run, tokens, multiply_adds, bytes_in, bytes_out,
                         gemm_micros, completed_at)
SELECT tenant, step_id, model, layer, direction, '', tokens, multiply_adds, bytes_in, bytes_out, gemm_micros, completed_at
FROM step_usage;

DROP TABLE step_usage;

ALTER TABLE usage_entry RENAME TO step_usage;

CREATE INDEX step_usage_by_time ON step_usage (tenant, completed_at);
