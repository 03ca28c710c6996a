-- A connected app is a client of a person: all its grants together. Its ID follows from these and outlives each grant
-- (a version 8 UUID, RFC 9562 §5.8).
ALTER TABLE "oauth_grant" ADD COLUMN "connected_app_id" UUID NOT NULL GENERATED ALWAYS AS (overlay(overlay(
  md5("organization_id"::text || '/' || "person_id"::text || '/' || "client_id")
  PLACING '8' FROM 13) PLACING '8' FROM 17)::uuid) STORED;

-- CreateIndex
CREATE INDEX "oauth_grant_connected_app_id_idx" ON "oauth_grant"("connected_app_id");

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

-- What an app has under way, and how often it called.
CREATE INDEX operation_of_grant ON operation ((requested_by->>'grantId'))
  WHERE status IN ('accepted', 'running', 'waiting');
CREATE INDEX audit_event_of_grant ON audit_event (organization_id, grant_id, time) WHERE grant_id IS NOT NULL;
