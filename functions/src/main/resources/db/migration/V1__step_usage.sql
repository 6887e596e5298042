-- One row a step that was computed: what a tenant is charged for. No content, no sizes below a block.
CREATE TABLE step_usage (
    step_id       UUID PRIMARY KEY,
    tenant        VARCHAR(63)  NOT NULL,
    model         VARCHAR(128) NOT NULL,
    layer         VARCHAR(64)  NOT NULL,
    direction     VARCHAR(8)   NOT NULL,
    tokens        INTEGER      NOT NULL,
    multiply_adds BIGINT       NOT NULL,
    bytes_in      BIGINT       NOT NULL,
    bytes_out     BIGINT       NOT NULL,
    gemm_micros   BIGINT       NOT NULL,
    completed_at  TIMESTAMP    NOT NULL
);

CREATE INDEX step_usage_by_tenant ON step_usage (tenant, completed_at);
