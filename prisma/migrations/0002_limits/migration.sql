-- AlterTable
ALTER TABLE "agent_key" ADD COLUMN     "rate_limit_rpm" INTEGER;

-- CreateTable
CREATE TABLE "plan" (
    "organization_id" UUID NOT NULL,
    "requests_per_month" BIGINT,
    "retention_days" INTEGER NOT NULL DEFAULT 30,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "plan_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "plan_use" (
    "organization_id" UUID NOT NULL,
    "month" DATE NOT NULL,
    "requests" BIGINT NOT NULL,

    CONSTRAINT "plan_use_pkey" PRIMARY KEY ("organization_id","month")
);

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

ALTER TABLE agent_key ADD CONSTRAINT agent_key_rate_limit CHECK (rate_limit_rpm > 0);
ALTER TABLE plan ADD CONSTRAINT plan_limit CHECK (requests_per_month >= 0);
ALTER TABLE plan ADD CONSTRAINT plan_retention CHECK (retention_days > 0);
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['plan', 'plan_use'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id) REFERENCES organization (id)', name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
    EXECUTE format('CREATE POLICY relay_reads ON %I FOR SELECT TO agentgateway_relay USING (true)', name);
  END LOOP;
END $$;
GRANT SELECT ON plan, plan_use TO agentgateway_app;

-- The relay knows limits, and the month's count of organizations that have one.
ALTER TABLE plan ADD COLUMN change_xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX ON plan (change_xid);
GRANT SELECT (rate_limit_rpm) ON agent_key TO agentgateway_relay;
GRANT SELECT (organization_id, requests_per_month, change_xid) ON plan TO agentgateway_relay;
GRANT SELECT ON plan_use TO agentgateway_relay;

CREATE FUNCTION notify_relay_of_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed record;
BEGIN
  changed := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  PERFORM pg_notify('relay_snapshot', format('plan:%s', changed.organization_id));
  RETURN NULL;
END $$;
CREATE TRIGGER stamp_change BEFORE UPDATE ON plan FOR EACH ROW EXECUTE FUNCTION stamp_change();
CREATE TRIGGER notify_relay AFTER INSERT OR UPDATE OR DELETE ON plan
  FOR EACH ROW EXECUTE FUNCTION notify_relay_of_plan();

-- The log writer counts what it writes, in the same transaction.
GRANT SELECT, INSERT, UPDATE ON plan_use TO agentgateway_log_writer;
CREATE POLICY log_writer_writes ON plan_use TO agentgateway_log_writer USING (true) WITH CHECK (true);
