-- AlterTable
ALTER TABLE "audit_event" ADD COLUMN     "hash" BYTEA,
ADD COLUMN     "sequence" BIGINT,
ADD COLUMN     "touched" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "workflow_id" TEXT;

-- CreateTable
CREATE TABLE "audit_head" (
    "organization_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    "signed_at" TIMESTAMPTZ(3) NOT NULL,
    "key_id" TEXT NOT NULL,
    "signature" BYTEA NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "audit_head_export" (
    "organization_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    "signed_at" TIMESTAMPTZ(3) NOT NULL,
    "key_id" TEXT NOT NULL,
    "signature" BYTEA NOT NULL,
    "exported_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_head_export_pkey" PRIMARY KEY ("organization_id","sequence")
);

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

-- Events that wait for their place in the chain; their place, once they have one.
CREATE INDEX audit_event_unchained ON audit_event (id) WHERE sequence IS NULL;
CREATE UNIQUE INDEX audit_event_sequence ON audit_event (organization_id, sequence) WHERE sequence IS NOT NULL;
ALTER TABLE audit_event ADD CONSTRAINT audit_event_chained CHECK ((sequence IS NULL) = (hash IS NULL));

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_head', 'audit_head_export'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id) REFERENCES organization (id)', name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
    EXECUTE format('CREATE POLICY jobs_chain ON %I TO agentgateway_jobs USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;
GRANT SELECT ON audit_head, audit_head_export TO agentgateway_app;
GRANT SELECT, INSERT, UPDATE ON audit_head TO agentgateway_jobs;
GRANT SELECT, INSERT ON audit_head_export TO agentgateway_jobs;

-- Who writes an event gives it no place in the chain.
REVOKE INSERT ON audit_event FROM agentgateway_app;
GRANT INSERT (id, organization_id, time, actor_kind, actor_id, actor_name, app, grant_id, action, status, outcome,
  target_kind, target_id, target_name, touched, arguments, request_id, operation_id, workflow_id)
  ON audit_event TO agentgateway_app;
-- The chainer gives a place to an event that has none, and changes nothing else.
CREATE POLICY jobs_read ON audit_event FOR SELECT TO agentgateway_jobs USING (true);
CREATE POLICY jobs_chain ON audit_event FOR UPDATE TO agentgateway_jobs
  USING (sequence IS NULL) WITH CHECK (sequence IS NOT NULL);
GRANT SELECT, UPDATE (sequence, hash) ON audit_event TO agentgateway_jobs;
