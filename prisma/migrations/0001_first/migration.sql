-- CreateTable
CREATE TABLE "instance" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "setup_token_hash" BYTEA,
    "first_admin_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "instance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "instance_key" (
    "purpose" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "wrap_key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "instance_key_pkey" PRIMARY KEY ("purpose")
);

-- CreateTable
CREATE TABLE "relay_process" (
    "id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_heartbeat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "snapshot_xid" BIGINT NOT NULL DEFAULT 0,
    "in_flight" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "relay_process_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "person" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "totp_sealed" BYTEA,
    "totp_wrapped_key" BYTEA,
    "totp_wrap_key_id" TEXT,
    "totp_confirmed_at" TIMESTAMPTZ(3),
    "totp_last_step" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "person_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "authenticated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "address" TEXT NOT NULL,
    "user_agent" TEXT NOT NULL,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "password_reset" (
    "token_hash" BYTEA NOT NULL,
    "person_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "password_reset_pkey" PRIMARY KEY ("token_hash")
);

-- CreateTable
CREATE TABLE "sign_in_throttle" (
    "key" BYTEA NOT NULL,
    "failures" INTEGER NOT NULL,
    "blocked_until" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_throttle_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "recovery_code" (
    "code_hash" BYTEA NOT NULL,
    "person_id" UUID NOT NULL,

    CONSTRAINT "recovery_code_pkey" PRIMARY KEY ("code_hash")
);

-- CreateTable
CREATE TABLE "known_network" (
    "person_id" UUID NOT NULL,
    "network" TEXT NOT NULL,
    "last_sign_in_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "known_network_pkey" PRIMARY KEY ("person_id","network")
);

-- CreateTable
CREATE TABLE "organization" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "organization_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("organization_id","person_id")
);

-- CreateTable
CREATE TABLE "invitation" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "invited_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "labels" TEXT[],
    "upstream_url" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "rate_limit_rpm" INTEGER,
    "rate_limit_burst" INTEGER,
    "routing" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),
    "restorable_until" TIMESTAMPTZ(3),
    "purged_at" TIMESTAMPTZ(3),
    "delete_operation_id" UUID,

    CONSTRAINT "agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_key" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "agent_id" UUID,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revealed_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "sealed" BYTEA,
    "wrapped_key" BYTEA,
    "wrap_key_id" TEXT,

    CONSTRAINT "agent_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "last_use" (
    "subject_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "last_use_pkey" PRIMARY KEY ("subject_id")
);

-- CreateTable
CREATE TABLE "credential" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "provider" TEXT,
    "status" TEXT NOT NULL DEFAULT 'awaiting_value',
    "allowed_hosts" TEXT[],
    "labels" TEXT[],
    "owner_id" UUID,
    "expires_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),
    "restorable_until" TIMESTAMPTZ(3),
    "purged_at" TIMESTAMPTZ(3),

    CONSTRAINT "credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credential_version" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "credential_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "wrap_key_id" TEXT NOT NULL,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "credential_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credential_link" (
    "organization_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "credential_id" UUID NOT NULL,
    "injection" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credential_link_pkey" PRIMARY KEY ("agent_id","credential_id")
);

-- CreateTable
CREATE TABLE "one_time_link" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "person_id" UUID NOT NULL,
    "credential_id" UUID,
    "agent_key_id" UUID,
    "proposed_hosts" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "one_time_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operation" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "area" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'accepted',
    "step" TEXT,
    "steps" JSONB NOT NULL DEFAULT '[]',
    "waiting_for" TEXT,
    "next_timer_at" TIMESTAMPTZ(3),
    "result" JSONB,
    "error" JSONB,
    "target_kind" TEXT NOT NULL,
    "target_id" UUID NOT NULL,
    "target_name" TEXT NOT NULL,
    "input" JSONB NOT NULL DEFAULT '{}',
    "requested_by" JSONB NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "operation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_name" TEXT NOT NULL,
    "app" TEXT,
    "grant_id" TEXT,
    "action" TEXT NOT NULL,
    "status" SMALLINT NOT NULL,
    "outcome" TEXT NOT NULL,
    "target_kind" TEXT,
    "target_id" TEXT,
    "target_name" TEXT,
    "arguments" JSONB NOT NULL DEFAULT '{}',
    "request_id" TEXT NOT NULL,
    "operation_id" UUID,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_record" (
    "organization_id" UUID NOT NULL,
    "caller" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "body_hash" BYTEA NOT NULL,
    "answer" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_record_pkey" PRIMARY KEY ("organization_id","caller","key")
);

-- CreateTable
CREATE TABLE "oauth_artifact" (
    "model" TEXT NOT NULL,
    "id_hash" BYTEA NOT NULL,
    "payload" JSONB NOT NULL,
    "grant_id" TEXT,
    "consumed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "oauth_artifact_pkey" PRIMARY KEY ("model","id_hash")
);

-- CreateTable
CREATE TABLE "oauth_grant" (
    "id" TEXT NOT NULL,
    "organization_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "client_id" TEXT NOT NULL,
    "client_name" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "oauth_grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "request_log" (
    "id" UUID NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "organization_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "agent_key_id" UUID,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "status" SMALLINT NOT NULL,
    "error_code" TEXT,
    "latency_ms" INTEGER NOT NULL,
    "upstream_latency_ms" INTEGER,
    "bytes_in" BIGINT NOT NULL,
    "bytes_out" BIGINT NOT NULL,

    CONSTRAINT "request_log_pkey" PRIMARY KEY ("time","id")
) PARTITION BY RANGE ("time");

-- CreateTable
CREATE TABLE "request_log_batch" (
    "id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "rows" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "request_log_batch_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "person_email_key" ON "person"("email");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_hash_key" ON "session"("token_hash");

-- CreateIndex
CREATE INDEX "session_person_id_idx" ON "session"("person_id");

-- CreateIndex
CREATE INDEX "password_reset_person_id_idx" ON "password_reset"("person_id");

-- CreateIndex
CREATE INDEX "membership_person_id_idx" ON "membership"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_token_hash_key" ON "invitation"("token_hash");

-- CreateIndex
CREATE INDEX "invitation_organization_id_idx" ON "invitation"("organization_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_hash_key" ON "api_token"("hash");

-- CreateIndex
CREATE INDEX "api_token_organization_id_idx" ON "api_token"("organization_id");

-- CreateIndex
CREATE INDEX "agent_organization_id_idx" ON "agent"("organization_id");

-- CreateIndex
CREATE UNIQUE INDEX "agent_key_hash_key" ON "agent_key"("hash");

-- CreateIndex
CREATE INDEX "agent_key_organization_id_agent_id_idx" ON "agent_key"("organization_id", "agent_id");

-- CreateIndex
CREATE INDEX "credential_organization_id_idx" ON "credential"("organization_id");

-- CreateIndex
CREATE INDEX "credential_version_organization_id_credential_id_idx" ON "credential_version"("organization_id", "credential_id");

-- CreateIndex
CREATE INDEX "credential_link_credential_id_idx" ON "credential_link"("credential_id");

-- CreateIndex
CREATE UNIQUE INDEX "one_time_link_token_hash_key" ON "one_time_link"("token_hash");

-- CreateIndex
CREATE INDEX "one_time_link_organization_id_idx" ON "one_time_link"("organization_id");

-- CreateIndex
CREATE INDEX "operation_organization_id_id_idx" ON "operation"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_organization_id_time_id_idx" ON "audit_event"("organization_id", "time" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "oauth_artifact_grant_id_idx" ON "oauth_artifact"("grant_id");

-- CreateIndex
CREATE INDEX "oauth_artifact_expires_at_idx" ON "oauth_artifact"("expires_at");

-- CreateIndex
CREATE INDEX "oauth_grant_organization_id_idx" ON "oauth_grant"("organization_id");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "password_reset" ADD CONSTRAINT "password_reset_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateIndex
CREATE INDEX "recovery_code_person_id_idx" ON "recovery_code"("person_id");

-- AddForeignKey
ALTER TABLE "recovery_code" ADD CONSTRAINT "recovery_code_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "known_network" ADD CONSTRAINT "known_network_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

ALTER TABLE instance ADD CONSTRAINT instance_is_one_row CHECK (id = 1);
INSERT INTO instance (id) VALUES (1);

-- A reference never leaves its organization: foreign keys ignore row-level security, so they carry the organization.
ALTER TABLE agent ADD CONSTRAINT agent_in_organization UNIQUE (organization_id, id);
ALTER TABLE credential ADD CONSTRAINT credential_in_organization UNIQUE (organization_id, id);
ALTER TABLE agent_key ADD FOREIGN KEY (organization_id, agent_id) REFERENCES agent (organization_id, id);
ALTER TABLE credential_version ADD FOREIGN KEY (organization_id, credential_id)
  REFERENCES credential (organization_id, id) ON DELETE CASCADE;
ALTER TABLE credential_link ADD FOREIGN KEY (organization_id, agent_id) REFERENCES agent (organization_id, id);
ALTER TABLE credential_link ADD FOREIGN KEY (organization_id, credential_id) REFERENCES credential (organization_id, id);
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['membership', 'invitation', 'api_token', 'agent', 'agent_key', 'credential',
    'credential_version', 'credential_link', 'one_time_link', 'operation', 'audit_event', 'idempotency_record',
    'oauth_grant'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id) REFERENCES organization (id)', name);
  END LOOP;
END $$;

-- A name is free as soon as its holder is deleted.
CREATE UNIQUE INDEX agent_name ON agent (organization_id, name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX credential_name ON credential (organization_id, name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX credential_one_current ON credential_version (credential_id) WHERE state = 'current';
CREATE UNIQUE INDEX credential_one_staged ON credential_version (credential_id) WHERE state = 'staged';
CREATE INDEX operation_open ON operation (updated_at) WHERE status = 'accepted';
-- A second request for the same long-running operation joins the first.
CREATE UNIQUE INDEX operation_one_open ON operation (kind, target_id) WHERE status IN ('accepted', 'running', 'waiting');
CREATE INDEX agent_key_unrevealed ON agent_key (created_at) WHERE revealed_at IS NULL AND revoked_at IS NULL;
CREATE INDEX request_log_of_agent ON request_log (organization_id, agent_id, time DESC, id DESC);
CREATE INDEX request_log_of_organization ON request_log (organization_id, time DESC, id DESC);

ALTER TABLE membership ADD CONSTRAINT membership_role CHECK (role IN ('operator', 'manager', 'admin'));
ALTER TABLE invitation ADD CONSTRAINT invitation_role CHECK (role IN ('operator', 'manager', 'admin'));
ALTER TABLE credential ADD CONSTRAINT credential_status CHECK (status IN ('awaiting_value', 'active', 'deleted'));
ALTER TABLE credential_version ADD CONSTRAINT credential_version_state
  CHECK (state IN ('staged', 'current', 'previous', 'revoked'));
ALTER TABLE operation ADD CONSTRAINT operation_status CHECK (status IN
  ('accepted', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'rolled_back', 'unknown'));
ALTER TABLE one_time_link ADD CONSTRAINT one_time_link_target CHECK
  ((kind = 'entry' AND credential_id IS NOT NULL) OR (kind = 'reveal' AND agent_key_id IS NOT NULL));

-- ── Row-level security (invariant 7) ───────────────────────────────────────────────────────────────────────────────

CREATE FUNCTION app_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.organization_id', true), '')::uuid $$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['membership', 'invitation', 'api_token', 'agent', 'agent_key', 'last_use', 'credential',
    'credential_version', 'credential_link', 'one_time_link', 'operation', 'audit_event', 'idempotency_record',
    'oauth_grant', 'request_log'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
  END LOOP;
END $$;
ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization FORCE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON organization TO agentgateway_app
  USING (id = app_organization()) WITH CHECK (id = app_organization());

-- ── What each login role may do ────────────────────────────────────────────────────────────────────────────────────

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO agentgateway_app, agentgateway_relay, agentgateway_log_writer, agentgateway_jobs,
  agentgateway_lookup;

-- The app and the workers: everything of one organization, but an audit event is never changed and a log only read.
GRANT SELECT, INSERT, UPDATE, DELETE ON person, recovery_code, known_network, session, password_reset, sign_in_throttle, instance_key, membership,
  invitation, api_token, agent, agent_key, credential, credential_version, credential_link, one_time_link, operation,
  idempotency_record, oauth_artifact, oauth_grant TO agentgateway_app;
GRANT SELECT, INSERT, UPDATE ON organization TO agentgateway_app;
GRANT SELECT, UPDATE ON instance TO agentgateway_app;
GRANT SELECT, INSERT ON audit_event TO agentgateway_app;
GRANT SELECT ON request_log, last_use, relay_process TO agentgateway_app;

-- The relay: what it routes by, of all organizations, and its own heartbeat.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['agent', 'agent_key', 'credential', 'credential_version', 'credential_link'] LOOP
    EXECUTE format('CREATE POLICY relay_reads ON %I FOR SELECT TO agentgateway_relay USING (true)', name);
    EXECUTE format('ALTER TABLE %I ADD COLUMN change_xid xid8 NOT NULL DEFAULT pg_current_xact_id()', name);
    EXECUTE format('CREATE INDEX ON %I (change_xid)', name);
  END LOOP;
END $$;
GRANT SELECT (id, organization_id, name, upstream_url, enabled, rate_limit_rpm, rate_limit_burst, routing, deleted_at,
  purged_at, change_xid) ON agent TO agentgateway_relay;
GRANT SELECT (id, organization_id, agent_id, hash, revoked_at, change_xid) ON agent_key TO agentgateway_relay;
GRANT SELECT (id, organization_id, status, allowed_hosts, change_xid) ON credential TO agentgateway_relay;
GRANT SELECT (id, organization_id, credential_id, state, sealed, wrapped_key, wrap_key_id, change_xid)
  ON credential_version TO agentgateway_relay;
GRANT SELECT ON credential_link TO agentgateway_relay;
GRANT SELECT, INSERT, UPDATE, DELETE ON relay_process TO agentgateway_relay;

-- The log writer: appends, and sees nothing of what it wrote.
GRANT SELECT, INSERT ON request_log_batch TO agentgateway_log_writer;
GRANT SELECT, INSERT, UPDATE ON last_use TO agentgateway_log_writer;
CREATE POLICY log_writer_writes ON last_use TO agentgateway_log_writer USING (true) WITH CHECK (true);

-- The jobs: find what is due across organizations (each change is then made inside its own organization).
GRANT SELECT (id, organization_id, status, kind, workflow_id, updated_at) ON operation TO agentgateway_jobs;
CREATE POLICY jobs_read ON operation FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (id, organization_id, created_at, revealed_at, revoked_at) ON agent_key TO agentgateway_jobs;
CREATE POLICY jobs_read ON agent_key FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (id, organization_id, restorable_until, deleted_at, purged_at) ON credential TO agentgateway_jobs;
CREATE POLICY jobs_read ON credential FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (expires_at), DELETE ON idempotency_record, one_time_link, invitation TO agentgateway_jobs;
CREATE POLICY jobs_delete ON idempotency_record TO agentgateway_jobs USING (true);
CREATE POLICY jobs_delete ON one_time_link TO agentgateway_jobs USING (true);
CREATE POLICY jobs_delete ON invitation TO agentgateway_jobs USING (true);
GRANT SELECT (expires_at), DELETE ON oauth_artifact, session, password_reset TO agentgateway_jobs;
GRANT SELECT (last_sign_in_at), DELETE ON known_network TO agentgateway_jobs;
GRANT SELECT (updated_at), DELETE ON sign_in_throttle TO agentgateway_jobs;
GRANT SELECT (last_heartbeat_at), DELETE ON relay_process TO agentgateway_jobs;

-- ── Look-ups before the organization is known: one row each, by what only its holder knows ─────────────────────────

GRANT SELECT (id, name) ON organization TO agentgateway_lookup;
GRANT SELECT ON membership TO agentgateway_lookup;
GRANT SELECT (id, organization_id, token_hash) ON invitation TO agentgateway_lookup;
GRANT SELECT (id, organization_id, hash) ON api_token TO agentgateway_lookup;
GRANT SELECT (id, organization_id, token_hash) ON one_time_link TO agentgateway_lookup;
GRANT SELECT (id, organization_id) ON oauth_grant TO agentgateway_lookup;
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['organization', 'membership', 'invitation', 'api_token', 'one_time_link', 'oauth_grant'] LOOP
    EXECUTE format('CREATE POLICY lookup_reads ON %I FOR SELECT TO agentgateway_lookup USING (true)', name);
  END LOOP;
END $$;

CREATE FUNCTION memberships_of_person(person uuid)
  RETURNS TABLE (organization_id uuid, organization_name text, role text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id, o.name, m.role FROM membership m JOIN organization o ON o.id = m.organization_id
    WHERE m.person_id = person ORDER BY m.created_at, o.id $$;
CREATE FUNCTION organization_of_invitation(hash bytea) RETURNS TABLE (id uuid, organization_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.id, i.organization_id FROM invitation i WHERE i.token_hash = hash $$;
CREATE FUNCTION organization_of_api_token(token_hash bytea) RETURNS TABLE (id uuid, organization_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.organization_id FROM api_token t WHERE t.hash = token_hash $$;
CREATE FUNCTION organization_of_one_time_link(hash bytea) RETURNS TABLE (id uuid, organization_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT l.id, l.organization_id FROM one_time_link l WHERE l.token_hash = hash $$;
CREATE FUNCTION organization_of_oauth_grant(grant_id text) RETURNS TABLE (id text, organization_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.id, g.organization_id FROM oauth_grant g WHERE g.id = grant_id $$;
CREATE FUNCTION any_organization() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM organization) $$;
DO $$
DECLARE signature text;
BEGIN
  -- Taking over a function needs CREATE on its schema; the look-up role keeps it for this moment only.
  GRANT CREATE ON SCHEMA public TO agentgateway_lookup;
  FOREACH signature IN ARRAY ARRAY['memberships_of_person(uuid)', 'organization_of_invitation(bytea)',
    'organization_of_api_token(bytea)', 'organization_of_one_time_link(bytea)', 'organization_of_oauth_grant(text)',
    'any_organization()'] LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || signature || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || signature || ' TO agentgateway_app';
    EXECUTE 'ALTER FUNCTION ' || signature || ' OWNER TO agentgateway_lookup';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM agentgateway_lookup;
END $$;

-- ── Changes that the relay must know ───────────────────────────────────────────────────────────────────────────────

CREATE FUNCTION stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.change_xid := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE FUNCTION notify_relay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed record;
BEGIN
  changed := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  IF TG_TABLE_NAME = 'credential_link' THEN
    PERFORM pg_notify('relay_snapshot', format('credential_link:%s/%s', changed.agent_id, changed.credential_id));
  ELSE
    PERFORM pg_notify('relay_snapshot', format('%s:%s', TG_TABLE_NAME, changed.id));
  END IF;
  RETURN NULL;
END $$;
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['agent', 'agent_key', 'credential', 'credential_version', 'credential_link'] LOOP
    EXECUTE format('CREATE TRIGGER stamp_change BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION stamp_change()', name);
    EXECUTE format('CREATE TRIGGER notify_relay AFTER INSERT OR UPDATE OR DELETE ON %I
      FOR EACH ROW EXECUTE FUNCTION notify_relay()', name);
  END LOOP;
END $$;

-- Whoever follows an operation waits for this instead of asking again and again.
CREATE FUNCTION notify_operation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('operation', NEW.id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER notify_operation AFTER UPDATE ON operation FOR EACH ROW EXECUTE FUNCTION notify_operation();

-- ── Daily partitions of the request log ────────────────────────────────────────────────────────────────────────────

-- Postgres refuses COPY into a table with row-level security; a partition has none, and nobody may read it by itself.
CREATE FUNCTION ensure_request_log_partition(day date) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text := 'request_log_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass(name) IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtext('request_log_partition'));
    IF to_regclass(name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF request_log FOR VALUES FROM (%L) TO (%L)', name,
        day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
      EXECUTE format('GRANT INSERT ON %I TO agentgateway_log_writer', name);
    END IF;
  END IF;
  RETURN name;
END $$;
REVOKE ALL ON FUNCTION ensure_request_log_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_request_log_partition(date) TO agentgateway_log_writer;
