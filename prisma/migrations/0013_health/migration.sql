-- CreateTable
CREATE TABLE "agent_health" (
    "agent_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "score" DECIMAL(4,1),
    "calls" BIGINT NOT NULL,
    "parts" JSONB NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "computed_at" TIMESTAMPTZ(3) NOT NULL,
    "baseline_p95_ms" DOUBLE PRECISION,
    "baseline_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "agent_health_pkey" PRIMARY KEY ("agent_id")
);

-- CreateIndex
CREATE INDEX "agent_health_organization_id_idx" ON "agent_health"("organization_id");

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

-- Each row changes every minute: no index holds what changes, and a page has room for the next version of its rows.
ALTER TABLE agent_health SET (fillfactor = 50);
ALTER TABLE agent_health ADD FOREIGN KEY (organization_id, agent_id) REFERENCES agent (organization_id, id);
ALTER TABLE agent_health ADD CONSTRAINT agent_health_score CHECK (score BETWEEN 0 AND 100);
-- No calls, no score; and none without calls.
ALTER TABLE agent_health ADD CONSTRAINT agent_health_no_data CHECK ((score IS NULL) = (calls = 0));
ALTER TABLE agent_health ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_health FORCE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON agent_health TO agentgateway_app
  USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization());
GRANT SELECT ON agent_health TO agentgateway_app;

-- Scores are worked out across organizations, from the traffic's minutes and days, the breakers and the credentials' ends.
CREATE POLICY jobs_score ON agent_health TO agentgateway_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON agent_health TO agentgateway_jobs;
CREATE POLICY jobs_score ON agent FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (id, organization_id, deleted_at) ON agent TO agentgateway_jobs;
CREATE POLICY jobs_score ON credential_link FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (agent_id, credential_id) ON credential_link TO agentgateway_jobs;
GRANT SELECT (organization_id, agent_id, to_state, evidence, next_probe_at) ON circuit_breaker_event TO agentgateway_jobs;
