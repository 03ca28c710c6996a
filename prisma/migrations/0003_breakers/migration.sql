-- AlterTable
ALTER TABLE "agent" ADD COLUMN     "breaker_override" JSONB,
ADD COLUMN     "breaker_reset_at" TIMESTAMPTZ(3),
ADD COLUMN     "circuit_breaker" JSONB NOT NULL DEFAULT '{}';

-- CreateTable
CREATE TABLE "circuit_breaker" (
    "agent_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "why" TEXT NOT NULL,
    "evidence" JSONB NOT NULL DEFAULT '{}',
    "next_probe_at" TIMESTAMPTZ(3),
    "cool_down_ms" INTEGER NOT NULL DEFAULT 0,
    "reset_at" TIMESTAMPTZ(3) NOT NULL DEFAULT to_timestamp(0),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "circuit_breaker_pkey" PRIMARY KEY ("agent_id")
);

-- CreateTable
CREATE TABLE "circuit_breaker_event" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "from_state" TEXT NOT NULL,
    "to_state" TEXT NOT NULL,
    "why" TEXT NOT NULL,
    "evidence" JSONB NOT NULL DEFAULT '{}',
    "next_probe_at" TIMESTAMPTZ(3),

    CONSTRAINT "circuit_breaker_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "circuit_breaker_event_organization_id_agent_id_time_idx" ON "circuit_breaker_event"("organization_id", "agent_id", "time" DESC);

-- CreateIndex
CREATE INDEX "circuit_breaker_event_time_idx" ON "circuit_breaker_event"("time");

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['circuit_breaker', 'circuit_breaker_event'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id, agent_id) REFERENCES agent (organization_id, id)',
      name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
  END LOOP;
END $$;
ALTER TABLE circuit_breaker ADD CONSTRAINT circuit_breaker_state CHECK (state IN ('closed', 'open', 'half_open'));

-- The relay tells what its breakers do, and reads at its start those that are not closed.
GRANT SELECT (circuit_breaker, breaker_override, breaker_reset_at) ON agent TO agentgateway_relay;
GRANT SELECT, INSERT, UPDATE ON circuit_breaker TO agentgateway_relay;
CREATE POLICY relay_writes ON circuit_breaker TO agentgateway_relay USING (true) WITH CHECK (true);
GRANT INSERT ON circuit_breaker_event TO agentgateway_relay;
CREATE POLICY relay_writes ON circuit_breaker_event FOR INSERT TO agentgateway_relay WITH CHECK (true);

-- The app: what a person does to a breaker is an event in the same transaction.
GRANT SELECT, INSERT, UPDATE ON circuit_breaker TO agentgateway_app;
GRANT SELECT, INSERT ON circuit_breaker_event TO agentgateway_app;

GRANT SELECT (time), DELETE ON circuit_breaker_event TO agentgateway_jobs;
CREATE POLICY jobs_delete ON circuit_breaker_event TO agentgateway_jobs USING (true);
