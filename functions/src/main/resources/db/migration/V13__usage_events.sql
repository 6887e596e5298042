-- Ledger entries that the external billing system has not confirmed yet.
CREATE TABLE usage_event (
    tenant     VARCHAR(63) NOT NULL,
    step_id    UUID        NOT NULL,
    created_at TIMESTAMP   NOT NULL,
    PRIMARY KEY (tenant, step_id)
);

CREATE INDEX usage_event_by_time ON usage_event (created_at);
