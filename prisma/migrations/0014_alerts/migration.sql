-- CreateTable
CREATE TABLE "alert_rule" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "metric" TEXT NOT NULL,
    "comparison" TEXT NOT NULL,
    "threshold" DOUBLE PRECISION NOT NULL,
    "window_seconds" INTEGER NOT NULL,
    "for_seconds" INTEGER NOT NULL,
    "minimum_calls" INTEGER NOT NULL,
    "scope_agent_ids" UUID[],
    "scope_label" TEXT,
    "severity" TEXT NOT NULL,
    "channel_ids" UUID[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "evaluated_from" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),
    "restorable_until" TIMESTAMPTZ(3),

    CONSTRAINT "alert_rule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_evaluation" (
    "organization_id" UUID NOT NULL,
    "evaluated_through" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "alert_evaluation_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "alert_rule_state" (
    "rule_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "phase" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3),
    "quiet_since" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "returns" INTEGER NOT NULL DEFAULT 0,
    "alert_id" UUID,

    CONSTRAINT "alert_rule_state_pkey" PRIMARY KEY ("rule_id","agent_id")
);

-- CreateTable
CREATE TABLE "alert" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "rule_id" UUID,
    "name" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "threshold" DOUBLE PRECISION,
    "state" TEXT NOT NULL DEFAULT 'firing',
    "is_group" BOOLEAN NOT NULL DEFAULT false,
    "target_kind" TEXT,
    "target_id" UUID,
    "target_name" TEXT,
    "occasion" TEXT,
    "operation_id" UUID,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "fired_at" TIMESTAMPTZ(3) NOT NULL,
    "acknowledged_at" TIMESTAMPTZ(3),
    "acknowledged_by" TEXT,
    "resolved_at" TIMESTAMPTZ(3),
    "sequence" INTEGER NOT NULL DEFAULT 1,
    "told_sequence" INTEGER NOT NULL DEFAULT 0,
    "remind_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_agent" (
    "alert_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "value" DOUBLE PRECISION,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_agent_pkey" PRIMARY KEY ("alert_id","agent_id")
);

-- CreateTable
CREATE TABLE "alert_change" (
    "alert_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "organization_id" UUID NOT NULL,
    "change" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "value" DOUBLE PRECISION,
    "note" TEXT,

    CONSTRAINT "alert_change_pkey" PRIMARY KEY ("alert_id","sequence")
);

-- CreateIndex
CREATE INDEX "alert_rule_organization_id_idx" ON "alert_rule"("organization_id");

-- CreateIndex
CREATE INDEX "alert_organization_id_fired_at_id_idx" ON "alert"("organization_id", "fired_at" DESC, "id");

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

CREATE UNIQUE INDEX alert_rule_name ON alert_rule (organization_id, name) WHERE deleted_at IS NULL;
ALTER TABLE alert_rule ADD CONSTRAINT alert_rule_in_organization UNIQUE (organization_id, id);
ALTER TABLE alert_rule ADD CONSTRAINT alert_rule_condition CHECK (
  comparison IN ('gt', 'gte', 'lt', 'lte') AND threshold = threshold AND abs(threshold) < 'infinity'
  AND window_seconds BETWEEN 60 AND 86400 AND window_seconds % 60 = 0
  AND for_seconds BETWEEN 0 AND 86400 AND for_seconds % 60 = 0 AND minimum_calls >= 0
  AND severity IN ('info', 'warning', 'critical') AND (scope_label IS NULL OR scope_agent_ids = '{}'));
ALTER TABLE alert_rule_state ADD FOREIGN KEY (organization_id, rule_id) REFERENCES alert_rule (organization_id, id)
  ON DELETE CASCADE;
ALTER TABLE alert_rule_state ADD CONSTRAINT alert_rule_state_phase CHECK (
  phase IN ('quiet', 'pending', 'firing') AND (phase = 'firing') = (alert_id IS NOT NULL));

-- The same occasion is told once.
CREATE UNIQUE INDEX alert_occasion ON alert (organization_id, kind, target_id, occasion) WHERE occasion IS NOT NULL;
-- What its workflow has still to tell.
CREATE INDEX alert_untold ON alert (id) WHERE told_sequence < sequence;
CREATE INDEX alert_to_remind ON alert (remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX alert_open ON alert (organization_id, rule_id) WHERE state <> 'resolved';
CREATE INDEX alert_resolved ON alert (resolved_at) WHERE resolved_at IS NOT NULL;
ALTER TABLE alert ADD CONSTRAINT alert_in_organization UNIQUE (organization_id, id);
ALTER TABLE alert ADD CONSTRAINT alert_states CHECK (
  state IN ('firing', 'acknowledged', 'resolved') AND severity IN ('info', 'warning', 'critical')
  AND (state = 'resolved') = (resolved_at IS NOT NULL) AND (kind = 'rule') = (rule_id IS NOT NULL)
  AND told_sequence BETWEEN 0 AND sequence);
ALTER TABLE alert_agent ADD FOREIGN KEY (organization_id, alert_id) REFERENCES alert (organization_id, id) ON DELETE CASCADE;
ALTER TABLE alert_change ADD FOREIGN KEY (organization_id, alert_id) REFERENCES alert (organization_id, id) ON DELETE CASCADE;
ALTER TABLE alert_change ADD CONSTRAINT alert_change_known CHECK (
  sequence > 0 AND change IN ('firing', 'acknowledged', 'resolved', 'still_firing'));

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['alert_rule', 'alert_evaluation', 'alert_rule_state', 'alert', 'alert_agent', 'alert_change'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
    EXECUTE format('CREATE POLICY jobs_evaluate ON %I TO agentgateway_jobs USING (true) WITH CHECK (true)', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['alert_rule', 'alert_evaluation', 'alert'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id) REFERENCES organization (id)', name);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON alert_rule TO agentgateway_app;
GRANT SELECT ON alert_evaluation TO agentgateway_app;
GRANT SELECT, DELETE ON alert_rule_state TO agentgateway_app;
GRANT SELECT, INSERT, UPDATE ON alert TO agentgateway_app;
GRANT SELECT, UPDATE (ended_at) ON alert_agent TO agentgateway_app;
GRANT SELECT, INSERT ON alert_change TO agentgateway_app;

-- The evaluation goes over all organizations at once, with the jobs' role; it reads of agents what rules ask for.
GRANT SELECT, DELETE ON alert_rule TO agentgateway_jobs;
GRANT SELECT, INSERT, UPDATE ON alert_evaluation TO agentgateway_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_rule_state TO agentgateway_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON alert TO agentgateway_jobs;
GRANT SELECT, INSERT, UPDATE ON alert_agent TO agentgateway_jobs;
GRANT SELECT, INSERT ON alert_change TO agentgateway_jobs;
GRANT SELECT (id, organization_id, labels, enabled, created_at, deleted_at) ON agent TO agentgateway_jobs;
GRANT SELECT (organization_id, subject_id, last_used_at) ON last_use TO agentgateway_jobs;
GRANT SELECT (organization_id, agent_id, state, since) ON circuit_breaker TO agentgateway_jobs;
GRANT SELECT (organization_id, agent_id, from_state, to_state) ON circuit_breaker_event TO agentgateway_jobs;
GRANT SELECT (organization_id, agent_id, credential_id) ON credential_link TO agentgateway_jobs;
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['agent', 'last_use', 'circuit_breaker', 'credential_link'] LOOP
    EXECUTE format('CREATE POLICY jobs_evaluate ON %I FOR SELECT TO agentgateway_jobs USING (true)', name);
  END LOOP;
END $$;
