-- AlterTable
ALTER TABLE "organization" ADD COLUMN     "policy" JSONB NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "credential" ADD COLUMN     "probe" JSONB,
ADD COLUMN     "rotation" JSONB,
ADD COLUMN     "rotation_due_at" TIMESTAMPTZ(3),
ADD COLUMN     "rotation_policy" JSONB,
ADD COLUMN     "rotator" JSONB;

-- AlterTable
ALTER TABLE "credential_version" ADD COLUMN     "cut_over_at" TIMESTAMPTZ(3),
ADD COLUMN     "drained_at" TIMESTAMPTZ(3),
ADD COLUMN     "marker" TEXT,
ADD COLUMN     "operation_id" UUID,
ADD COLUMN     "provider_reference" JSONB;

-- AlterTable
ALTER TABLE "operation" ADD COLUMN     "approval" JSONB,
ADD COLUMN     "canary" JSONB,
ADD COLUMN     "cancel_request" JSONB,
ADD COLUMN     "requested_person_id" UUID,
ADD COLUMN     "resolution" JSONB;

-- AlterTable
ALTER TABLE "agent_key" ADD COLUMN     "operation_id" UUID;

-- CreateTable
CREATE TABLE "mint_attempt" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "credential_id" UUID NOT NULL,
    "operation_id" UUID NOT NULL,
    "plan" JSONB NOT NULL,
    "outcome" TEXT NOT NULL DEFAULT 'open',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "mint_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rotation_evidence" (
    "organization_id" UUID NOT NULL,
    "operation_id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "process_id" UUID NOT NULL,
    "calls" BIGINT NOT NULL DEFAULT 0,
    "refused" BIGINT NOT NULL DEFAULT 0,
    "errors" BIGINT NOT NULL DEFAULT 0,
    "blames" INTEGER NOT NULL DEFAULT 0,
    "double_refusals" INTEGER NOT NULL DEFAULT 0,
    "unrepeatable_failures" BIGINT NOT NULL DEFAULT 0,
    "last_used_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "rotation_evidence_pkey" PRIMARY KEY ("operation_id","version_id","process_id")
);

-- CreateTable
CREATE TABLE "notice" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL,
    "target_id" UUID NOT NULL,
    "target_name" TEXT NOT NULL,
    "occasion" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "operation_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "dismissed_at" TIMESTAMPTZ(3),

    CONSTRAINT "notice_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "mint_attempt_organization_id_credential_id_idx" ON "mint_attempt"("organization_id", "credential_id");

-- CreateIndex
CREATE INDEX "rotation_evidence_updated_at_idx" ON "rotation_evidence"("updated_at");

-- CreateIndex
CREATE UNIQUE INDEX "notice_organization_id_kind_target_id_occasion_key" ON "notice"("organization_id", "kind", "target_id", "occasion");

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

ALTER TABLE mint_attempt ADD FOREIGN KEY (organization_id, credential_id)
  REFERENCES credential (organization_id, id) ON DELETE CASCADE;
ALTER TABLE mint_attempt ADD CONSTRAINT mint_attempt_outcome
  CHECK (outcome IN ('open', 'minted', 'abandoned', 'kept'));
-- Of a broken attempt the next one must know: there is one open at most.
CREATE UNIQUE INDEX mint_attempt_one_open ON mint_attempt (credential_id) WHERE outcome = 'open';
CREATE INDEX credential_rotation_due ON credential (rotation_due_at) WHERE rotation_due_at IS NOT NULL;
CREATE INDEX notice_shown ON notice (organization_id, created_at DESC) WHERE dismissed_at IS NULL;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['mint_attempt', 'rotation_evidence', 'notice'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id) REFERENCES organization (id)', name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON mint_attempt, notice TO agentgateway_app;
GRANT SELECT ON rotation_evidence TO agentgateway_app;

-- The relay: which version a call takes, and what came of it.
GRANT SELECT (rotation) ON credential TO agentgateway_relay;
GRANT SELECT, INSERT, UPDATE ON rotation_evidence TO agentgateway_relay;
CREATE POLICY relay_writes ON rotation_evidence TO agentgateway_relay USING (true) WITH CHECK (true);

-- The jobs: what is due, and what was decided long ago.
GRANT SELECT (status, expires_at, rotation_due_at, rotator, rotation_policy) ON credential TO agentgateway_jobs;
GRANT SELECT (updated_at), DELETE ON rotation_evidence TO agentgateway_jobs;
CREATE POLICY jobs_delete ON rotation_evidence TO agentgateway_jobs USING (true);
