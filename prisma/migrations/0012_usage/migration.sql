-- CreateTable
CREATE TABLE "budget" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "agent_id" UUID,
    "requests_per_month" BIGINT,
    "spend_micros_per_month" BIGINT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "budget_pkey" PRIMARY KEY ("id")
);

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

CREATE UNIQUE INDEX budget_of ON budget (organization_id, agent_id) NULLS NOT DISTINCT;
ALTER TABLE budget ADD FOREIGN KEY (organization_id) REFERENCES organization (id);
ALTER TABLE budget ADD FOREIGN KEY (organization_id, agent_id) REFERENCES agent (organization_id, id);
ALTER TABLE budget ADD CONSTRAINT budget_limits
  CHECK (requests_per_month >= 0 AND spend_micros_per_month >= 0 AND num_nonnulls(requests_per_month, spend_micros_per_month) > 0);
ALTER TABLE budget ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget FORCE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON budget TO agentgateway_app
  USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization());
GRANT SELECT, INSERT, UPDATE, DELETE ON budget TO agentgateway_app;

-- An instance owner sets plans, in the organization's own transaction.
GRANT INSERT, UPDATE ON plan TO agentgateway_app;

-- Who is looked at for limits that are nearly used up.
CREATE POLICY jobs_find_limits ON budget FOR SELECT TO agentgateway_jobs USING (true);
CREATE POLICY jobs_find_limits ON plan FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (organization_id) ON budget TO agentgateway_jobs;
GRANT SELECT (organization_id, requests_per_month) ON plan TO agentgateway_jobs;

-- What was added to the traffic since hours and days were made from it is read from its minutes.
GRANT SELECT ON traffic_touched, traffic_watermark TO agentgateway_app;

-- ── Counters are checked against the logs ──────────────────────────────────────────────────────────────────────────

-- What an organization's calls from `since` to before `before` add up to, by minute or hour, from the request log itself.
-- The buckets are those of core/domain/latency-histogram.ts.
CREATE FUNCTION recount_traffic(unit text, since timestamptz, before timestamptz) RETURNS SETOF traffic_minute
  LANGUAGE sql STABLE SET search_path = public AS $$
    WITH buckets AS (
      SELECT date_trunc(unit, time, 'UTC') AS span, agent_id, agent_key_id, status, error_code,
        CASE WHEN latency_ms < 1 THEN 0 ELSE 1 + ceil(ln(latency_ms::float8) / ln(1.1::float8)) END::smallint AS bucket,
        count(*) AS calls, sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out,
        coalesce(sum(spend_micros), 0) AS spend_micros, sum(retry_count) AS retries
      FROM request_log
      WHERE organization_id = app_organization() AND time >= since AND time < before
        AND slot BETWEEN floor(extract(epoch FROM since) / 600) AND floor(extract(epoch FROM before) / 600)
      GROUP BY 1, 2, 3, 4, 5, 6)
    SELECT span, sum(calls)::bigint, sum(bytes_in)::bigint, sum(bytes_out)::bigint, sum(spend_micros)::bigint, sum(retries)::bigint,
      status, app_organization(), agent_id, coalesce(agent_key_id, '00000000-0000-0000-0000-000000000000'), coalesce(error_code, ''),
      array_agg(bucket ORDER BY bucket), array_agg(calls ORDER BY bucket)
    FROM buckets GROUP BY span, agent_id, agent_key_id, status, error_code $$;
REVOKE ALL ON FUNCTION recount_traffic(text, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recount_traffic(text, timestamptz, timestamptz) TO agentgateway_app;

-- A correction writes minutes anew and marks them; the job makes hours and days of them as ever.
GRANT INSERT, DELETE ON traffic_minute TO agentgateway_app;
GRANT INSERT, UPDATE ON traffic_touched TO agentgateway_app;
GRANT INSERT, UPDATE ON plan_use TO agentgateway_app;
