-- AlterTable
ALTER TABLE "oauth_grant" ADD COLUMN     "writes_until" TIMESTAMPTZ(3);

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

CREATE INDEX oauth_grant_writes_until ON oauth_grant (writes_until) WHERE writes_until IS NOT NULL;

-- The jobs: whose time to write is over, which grants nothing is left of, which clients were never allowed anything.
CREATE POLICY jobs_read ON oauth_grant FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (id, organization_id, client_id, created_at, expires_at, revoked_at, writes_until) ON oauth_grant
  TO agentgateway_jobs;
GRANT SELECT (model, id_hash, grant_id, created_at) ON oauth_artifact TO agentgateway_jobs;

-- Asked at every call of an app, in one round trip: the grant with its person, role and organization of now.
GRANT SELECT (person_id, client_id, client_name, scopes, created_at, last_used_at, expires_at, revoked_at, writes_until)
  ON oauth_grant TO agentgateway_lookup;
GRANT SELECT (id, email, name) ON person TO agentgateway_lookup;
CREATE FUNCTION live_grant(wanted text)
  RETURNS TABLE (id text, organization_id uuid, organization_name text, client_id text, client_name text, scopes text[],
    writes_until timestamptz, created_at timestamptz, last_used_at timestamptz, role text, person json)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.id, g.organization_id, o.name, g.client_id, g.client_name, g.scopes, g.writes_until, g.created_at,
      g.last_used_at, m.role, json_build_object('id', p.id, 'email', p.email, 'name', p.name)
    FROM oauth_grant g
    JOIN membership m ON m.organization_id = g.organization_id AND m.person_id = g.person_id
    JOIN person p ON p.id = g.person_id
    JOIN organization o ON o.id = g.organization_id
    WHERE g.id = wanted AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > now()) $$;
DO $$
BEGIN
  GRANT CREATE ON SCHEMA public TO agentgateway_lookup;
  REVOKE ALL ON FUNCTION live_grant(text) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION live_grant(text) TO agentgateway_app;
  ALTER FUNCTION live_grant(text) OWNER TO agentgateway_lookup;
  REVOKE CREATE ON SCHEMA public FROM agentgateway_lookup;
END $$;
