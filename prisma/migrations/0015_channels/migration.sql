-- CreateTable
CREATE TABLE "channel" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "addresses" TEXT[],
    "url" TEXT,
    "sealed" BYTEA,
    "wrapped_key" BYTEA,
    "wrap_key_id" TEXT,
    "fingerprint" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),
    "restorable_until" TIMESTAMPTZ(3),
    "purged_at" TIMESTAMPTZ(3),

    CONSTRAINT "channel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "alert_id" UUID,
    "sequence" INTEGER NOT NULL DEFAULT 0,
    "channel_id" UUID,
    "kind" TEXT NOT NULL,
    "addresses" TEXT[],
    "message" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "channel_organization_id_idx" ON "channel"("organization_id");

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

CREATE UNIQUE INDEX channel_name ON channel (organization_id, name) WHERE deleted_at IS NULL;
ALTER TABLE channel ADD CONSTRAINT channel_in_organization UNIQUE (organization_id, id);
ALTER TABLE channel ADD FOREIGN KEY (organization_id) REFERENCES organization (id);
ALTER TABLE channel ADD CONSTRAINT channel_kind CHECK (purged_at IS NOT NULL OR CASE kind
  WHEN 'email' THEN cardinality(addresses) > 0 AND num_nonnulls(url, sealed, wrapped_key, wrap_key_id) = 0
  WHEN 'webhook' THEN cardinality(addresses) = 0 AND num_nulls(url, sealed, wrapped_key, wrap_key_id) = 0
  WHEN 'slack' THEN cardinality(addresses) = 0 AND url IS NULL AND num_nulls(sealed, wrapped_key, wrap_key_id) = 0
  ELSE false END);

-- At most one for each change of an alert and channel; the default counts as one.
CREATE UNIQUE INDEX delivery_once ON delivery (organization_id, alert_id, sequence, channel_id) NULLS NOT DISTINCT
  WHERE alert_id IS NOT NULL;
CREATE INDEX delivery_shown ON delivery (organization_id, id DESC);
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state = 'pending';
ALTER TABLE delivery ADD FOREIGN KEY (organization_id) REFERENCES organization (id);
ALTER TABLE delivery ADD FOREIGN KEY (organization_id, alert_id) REFERENCES alert (organization_id, id) ON DELETE CASCADE;
ALTER TABLE delivery ADD FOREIGN KEY (organization_id, channel_id) REFERENCES channel (organization_id, id);
ALTER TABLE delivery ADD CONSTRAINT delivery_state
  CHECK (state IN ('pending', 'sent', 'failed', 'unknown') AND (state = 'pending') = (next_attempt_at IS NOT NULL));

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['channel', 'delivery'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO agentgateway_app', name);
  END LOOP;
END $$;

-- The jobs: what is due, and what was told long ago.
CREATE POLICY jobs_find_due ON channel FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (id, organization_id, deleted_at, restorable_until, purged_at) ON channel TO agentgateway_jobs;
CREATE POLICY jobs_find_due ON delivery FOR SELECT TO agentgateway_jobs USING (true);
CREATE POLICY jobs_delete ON delivery FOR DELETE TO agentgateway_jobs USING (true);
GRANT SELECT (id, organization_id, alert_id, sequence, channel_id, state, next_attempt_at, created_at), DELETE ON delivery TO agentgateway_jobs;
