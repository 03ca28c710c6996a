-- AlterTable
ALTER TABLE "agent" ADD COLUMN     "price" JSONB;

-- CreateTable
CREATE TABLE "request_log_writer" (
    "id" UUID NOT NULL,
    "last_batch" BIGINT NOT NULL DEFAULT 0,
    "written_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "request_log_writer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "traffic_touched" (
    "organization_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "touched_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "traffic_touched_pkey" PRIMARY KEY ("hour","organization_id","agent_id")
);

-- CreateTable
CREATE TABLE "traffic_watermark" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "minutes_from" TIMESTAMPTZ(3) NOT NULL DEFAULT to_timestamp(0),

    CONSTRAINT "traffic_watermark_pkey" PRIMARY KEY ("id")
);

-- DropTable
DROP TABLE "request_log_batch";

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

-- ── The request log, narrower ──────────────────────────────────────────────────────────────────────────────────────

-- Wide columns stand first, so that none is padded. Listings go by `slot` (ten minutes, counted since 1970): many rows
-- share an index key, which Postgres then stores once; an index by `time` or `id` alone would cost 40 bytes a row. There
-- is no unique key: what guards against doubles is the batch's number (request_log_writer).
ALTER TABLE request_log RENAME TO request_log_before;
ALTER INDEX request_log_of_agent RENAME TO request_log_before_of_agent;
ALTER INDEX request_log_of_organization RENAME TO request_log_before_of_organization;
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'request_log_before'::regclass LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', name, name || '_before');
  END LOOP;
END $$;

CREATE TABLE request_log (
  time timestamptz(3) NOT NULL,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL,
  spend_micros bigint,
  latency_ms integer NOT NULL,
  upstream_latency_ms integer,
  slot integer NOT NULL,
  status smallint NOT NULL,
  retry_count smallint NOT NULL,
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  agent_key_id uuid,
  method text NOT NULL,
  path text NOT NULL,
  error_code text
) PARTITION BY RANGE (time);
CREATE INDEX request_log_of_organization ON request_log (organization_id, slot);
CREATE INDEX request_log_of_agent ON request_log (agent_id, slot);
CREATE INDEX request_log_failures ON request_log (organization_id, time) WHERE status >= 400;
CREATE INDEX request_log_by_time ON request_log USING brin (time) WITH (pages_per_range = 32, autosummarize = on);

-- What was looked up before the wait may be remembered: only a query of its own sees the day that another made meanwhile.
CREATE OR REPLACE FUNCTION ensure_request_log_partition(day date) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE name text := 'request_log_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass(name) IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtext('request_log_partition'));
    PERFORM FROM pg_class WHERE relname = name AND relnamespace = 'public'::regnamespace;
    IF NOT FOUND THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF request_log FOR VALUES FROM (%L) TO (%L)', name,
        day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
      EXECUTE format('GRANT INSERT ON %I TO agentgateway_log_writer', name);
    END IF;
  END IF;
  RETURN name;
END $$;
GRANT EXECUTE ON FUNCTION ensure_request_log_partition(date) TO agentgateway_jobs;
ALTER TABLE request_log_before NO FORCE ROW LEVEL SECURITY;
DO $$
DECLARE day date;
BEGIN
  FOR day IN SELECT DISTINCT (time AT TIME ZONE 'UTC')::date FROM request_log_before LOOP
    PERFORM ensure_request_log_partition(day);
  END LOOP;
  INSERT INTO request_log (time, bytes_in, bytes_out, latency_ms, upstream_latency_ms, slot, status, retry_count, id,
      organization_id, agent_id, agent_key_id, method, path, error_code)
    SELECT time, bytes_in, bytes_out, latency_ms, upstream_latency_ms, floor(extract(epoch FROM time) / 600), status, 0, id,
      organization_id, agent_id, agent_key_id, method, path, error_code
    FROM request_log_before ORDER BY time;
END $$;
DROP TABLE request_log_before;

ALTER TABLE request_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_log FORCE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON request_log TO agentgateway_app
  USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization());
GRANT SELECT ON request_log TO agentgateway_app;

GRANT SELECT, INSERT, UPDATE ON request_log_writer TO agentgateway_log_writer;
-- A call of an organization that is gone by now must not keep the other calls of its batch out.
ALTER TABLE plan_use DROP CONSTRAINT plan_use_organization_id_fkey;
GRANT SELECT (price) ON agent TO agentgateway_relay;

-- ── Traffic by minute, hour and day ────────────────────────────────────────────────────────────────────────────────

-- Minutes are added up by the log writers, hours and days are made from them (core/store/traffic-rollup.ts).
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['traffic_minute', 'traffic_hour', 'traffic_day'] LOOP
    EXECUTE format('CREATE TABLE %I (
      time timestamptz(3) NOT NULL,
      requests bigint NOT NULL,
      bytes_in bigint NOT NULL,
      bytes_out bigint NOT NULL,
      spend_micros bigint NOT NULL,
      retries bigint NOT NULL,
      status smallint NOT NULL,
      organization_id uuid NOT NULL,
      agent_id uuid NOT NULL,
      agent_key_id uuid NOT NULL,
      error_code text NOT NULL,
      latency_buckets smallint[] NOT NULL,
      latency_counts bigint[] NOT NULL,
      PRIMARY KEY (organization_id, time, agent_id, agent_key_id, status, error_code)
    ) WITH (fillfactor = 80)', name);
    EXECUTE format('CREATE INDEX ON %I USING brin (time) WITH (pages_per_range = 32, autosummarize = on)', name);
    EXECUTE format('GRANT SELECT ON %I TO agentgateway_app', name);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO agentgateway_jobs', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['traffic_minute', 'traffic_hour', 'traffic_day', 'traffic_touched'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
    EXECUTE format('CREATE POLICY log_writer_adds ON %I TO agentgateway_log_writer USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY jobs_roll_up ON %I TO agentgateway_jobs USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON traffic_minute, traffic_hour, traffic_touched TO agentgateway_log_writer;
GRANT SELECT, UPDATE, DELETE ON traffic_touched TO agentgateway_jobs;

ALTER TABLE traffic_watermark ADD CONSTRAINT traffic_watermark_is_one_row CHECK (id = 1);
INSERT INTO traffic_watermark (id) VALUES (1);
GRANT SELECT ON traffic_watermark TO agentgateway_log_writer;
GRANT SELECT, UPDATE ON traffic_watermark TO agentgateway_jobs;

-- Two histograms as one (core/domain/latency-histogram.ts).
CREATE FUNCTION merge_latencies(buckets smallint[], counts bigint[], more_buckets smallint[], more_counts bigint[])
  RETURNS TABLE (latency_buckets smallint[], latency_counts bigint[])
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public AS $$
    SELECT array_agg(bucket ORDER BY bucket), array_agg(count ORDER BY bucket)
    FROM (SELECT bucket, sum(count)::bigint AS count
      FROM (SELECT * FROM unnest(buckets, counts) AS one (bucket, count)
        UNION ALL SELECT * FROM unnest(more_buckets, more_counts) AS other (bucket, count)) AS both_of_them
      GROUP BY bucket) AS sums $$;
REVOKE ALL ON FUNCTION merge_latencies(smallint[], bigint[], smallint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION merge_latencies(smallint[], bigint[], smallint[], bigint[]) TO agentgateway_log_writer;

-- ── How long logs are kept ─────────────────────────────────────────────────────────────────────────────────────────

GRANT SELECT (organization_id, retention_days) ON plan TO agentgateway_lookup;
CREATE POLICY lookup_reads ON plan FOR SELECT TO agentgateway_lookup USING (true);

-- Days by the plan, 30 without one.
CREATE FUNCTION log_retention_days(organization uuid) RETURNS integer
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce((SELECT p.retention_days FROM plan p WHERE p.organization_id = organization), 30) $$;
CREATE FUNCTION log_retentions() RETURNS TABLE (organization_id uuid, retention_days integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT o.id, coalesce(p.retention_days, 30) FROM organization o LEFT JOIN plan p ON p.organization_id = o.id $$;
DO $$
DECLARE
  signature text;
  migrator text := current_user;
BEGIN
  -- Taking over a function needs CREATE on its schema; the look-up role keeps it for this moment only.
  GRANT CREATE ON SCHEMA public TO agentgateway_lookup;
  FOREACH signature IN ARRAY ARRAY['log_retention_days(uuid)', 'log_retentions()'] LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || signature || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || signature || ' TO agentgateway_jobs';
    EXECUTE 'ALTER FUNCTION ' || signature || ' OWNER TO agentgateway_lookup';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM agentgateway_lookup;
  -- The owner's own function asks it too; a grant to itself would not outlive the change of hands.
  SET LOCAL ROLE agentgateway_lookup;
  EXECUTE format('GRANT EXECUTE ON FUNCTION log_retentions() TO %I', migrator);
  RESET ROLE;
END $$;

-- A job sees, and may delete, only what its organization's plan no longer keeps.
CREATE POLICY jobs_delete_expired ON request_log TO agentgateway_jobs
  USING (time < now() - make_interval(days => log_retention_days(organization_id)));
GRANT SELECT (organization_id, slot, time), DELETE ON request_log TO agentgateway_jobs;

-- Refuses a day that any organization's plan still keeps. A reader that holds the table up makes it fail, not wait.
CREATE FUNCTION drop_request_log_partition(day date) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET lock_timeout = '2s' AS $$
DECLARE longest integer := coalesce((SELECT max(retention_days) FROM log_retentions()), 30);
BEGIN
  IF (day + 1)::timestamp AT TIME ZONE 'UTC' > now() - make_interval(days => longest) THEN
    RAISE EXCEPTION 'The request log of % is still kept: the longest retention is % days.', day, longest;
  END IF;
  EXECUTE format('DROP TABLE IF EXISTS %I', 'request_log_' || to_char(day, 'YYYYMMDD'));
END $$;
CREATE FUNCTION request_log_days() RETURNS SETOF date
  LANGUAGE sql STABLE SET search_path = public AS $$
    SELECT to_date(right(c.relname, 8), 'YYYYMMDD') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'request_log'::regclass $$;
DO $$
DECLARE signature text;
BEGIN
  FOREACH signature IN ARRAY ARRAY['drop_request_log_partition(date)', 'request_log_days()'] LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || signature || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || signature || ' TO agentgateway_jobs';
  END LOOP;
END $$;
