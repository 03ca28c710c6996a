-- AlterTable
ALTER TABLE "plan_use" ADD COLUMN     "corrections" INTEGER NOT NULL DEFAULT 0;

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

-- A call without an error code may have an empty one: a row without nulls is 8 bytes narrower.
CREATE OR REPLACE FUNCTION recount_traffic(unit text, since timestamptz, before timestamptz) RETURNS SETOF traffic_minute
  LANGUAGE sql STABLE SET search_path = public AS $$
    WITH buckets AS (
      SELECT date_trunc(unit, time, 'UTC') AS span, agent_id, agent_key_id, status, coalesce(error_code, '') AS error_code,
        CASE WHEN latency_ms < 1 THEN 0 ELSE 1 + ceil(ln(latency_ms::float8) / ln(1.1::float8)) END::smallint AS bucket,
        count(*) AS calls, sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out,
        coalesce(sum(spend_micros), 0) AS spend_micros, sum(retry_count) AS retries
      FROM request_log
      WHERE organization_id = app_organization() AND time >= since AND time < before
        AND slot BETWEEN floor(extract(epoch FROM since) / 600) AND floor(extract(epoch FROM before) / 600)
      GROUP BY 1, 2, 3, 4, 5, 6)
    SELECT span, sum(calls)::bigint, sum(bytes_in)::bigint, sum(bytes_out)::bigint, sum(spend_micros)::bigint, sum(retries)::bigint,
      status, app_organization(), agent_id, coalesce(agent_key_id, '00000000-0000-0000-0000-000000000000'), error_code,
      array_agg(bucket ORDER BY bucket), array_agg(calls ORDER BY bucket)
    FROM buckets GROUP BY span, agent_id, agent_key_id, status, error_code $$;
