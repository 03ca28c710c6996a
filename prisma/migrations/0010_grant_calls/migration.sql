-- CreateTable
CREATE TABLE "grant_calls" (
    "grant_id" TEXT NOT NULL,
    "organization_id" UUID NOT NULL,
    "taken_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "grant_calls_pkey" PRIMARY KEY ("grant_id")
);

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

-- Written all the time, worth nothing after a crash.
ALTER TABLE grant_calls SET UNLOGGED;
ALTER TABLE oauth_grant ADD CONSTRAINT oauth_grant_in_organization UNIQUE (organization_id, id);
ALTER TABLE grant_calls ADD FOREIGN KEY (organization_id, grant_id) REFERENCES oauth_grant (organization_id, id)
  ON DELETE CASCADE;
ALTER TABLE grant_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE grant_calls FORCE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON grant_calls TO agentgateway_app
  USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization());
GRANT SELECT, INSERT, UPDATE ON grant_calls TO agentgateway_app;
