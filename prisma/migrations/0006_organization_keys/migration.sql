-- CreateTable
CREATE TABLE "organization_key" (
    "id" UUID NOT NULL,
    "organization_id" UUID,
    "version" INTEGER NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "wrap_key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organization_key_pkey" PRIMARY KEY ("id")
);

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

ALTER TABLE organization_key ADD FOREIGN KEY (organization_id) REFERENCES organization (id);
CREATE UNIQUE INDEX organization_key_version ON organization_key (organization_id, version) NULLS NOT DISTINCT;
ALTER TABLE organization_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_key FORCE ROW LEVEL SECURITY;

-- Inside an organization its own keys; outside of any, those of the installation.
CREATE POLICY one_organization ON organization_key TO agentgateway_app
  USING (organization_id IS NOT DISTINCT FROM app_organization())
  WITH CHECK (organization_id IS NOT DISTINCT FROM app_organization());
GRANT SELECT, INSERT, UPDATE (wrapped_key, wrap_key_id) ON organization_key TO agentgateway_app;

CREATE POLICY relay_reads ON organization_key FOR SELECT TO agentgateway_relay USING (true);
GRANT SELECT (id, organization_id, version, wrapped_key, wrap_key_id) ON organization_key TO agentgateway_relay;

-- A rotation of the master key goes through the organizations one by one.
CREATE POLICY jobs_list ON organization FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (id) ON organization TO agentgateway_jobs;
