-- CreateTable
CREATE TABLE "email_draft" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "mailbox_id" UUID NOT NULL,
    "thread_id" UUID,
    "state" TEXT NOT NULL DEFAULT 'open',
    "version" INTEGER NOT NULL DEFAULT 1,
    "stored_version" INTEGER NOT NULL DEFAULT 0,
    "message_id" TEXT NOT NULL,
    "stale_message_ids" TEXT[],
    "subject" TEXT NOT NULL,
    "recipients" TEXT[],
    "sealed" BYTEA NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "wrap_key_id" TEXT NOT NULL,
    "written_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "discarded_at" TIMESTAMPTZ(3),

    CONSTRAINT "email_draft_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outgoing_email" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "mailbox_id" UUID NOT NULL,
    "operation_id" UUID NOT NULL,
    "draft_id" UUID,
    "thread_id" UUID,
    "message_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "recipients" TEXT[],
    "sealed" BYTEA,
    "wrapped_key" BYTEA,
    "wrap_key_id" TEXT,
    "state" TEXT NOT NULL DEFAULT 'accepted',
    "undo_until" TIMESTAMPTZ(3) NOT NULL,
    "dated_at" TIMESTAMPTZ(3),
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "handed_over_at" TIMESTAMPTZ(3),
    "server_answer" TEXT,
    "settled_at" TIMESTAMPTZ(3),
    "copied_at" TIMESTAMPTZ(3),
    "bounces" JSONB NOT NULL DEFAULT '[]',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outgoing_email_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "email_draft_organization_id_id_idx" ON "email_draft"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "email_draft_mailbox_id_idx" ON "email_draft"("mailbox_id");

-- CreateIndex
CREATE INDEX "outgoing_email_organization_id_id_idx" ON "outgoing_email"("organization_id", "id" DESC);

-- CreateIndex
CREATE INDEX "outgoing_email_mailbox_id_dated_at_idx" ON "outgoing_email"("mailbox_id", "dated_at");

-- CreateIndex
CREATE INDEX "outgoing_email_thread_id_idx" ON "outgoing_email"("thread_id");

-- CreateIndex
CREATE UNIQUE INDEX "outgoing_email_organization_id_message_id_key" ON "outgoing_email"("organization_id", "message_id");

-- CreateIndex
CREATE UNIQUE INDEX "outgoing_email_operation_id_key" ON "outgoing_email"("operation_id");

-- AddForeignKey
ALTER TABLE "email_draft" ADD CONSTRAINT "email_draft_mailbox_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailbox"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "outgoing_email" ADD CONSTRAINT "outgoing_email_mailbox_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailbox"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

ALTER TABLE email_draft ADD CONSTRAINT email_draft_state CHECK (state IN ('open', 'sending', 'sent', 'discarded', 'gone'));
ALTER TABLE outgoing_email ADD CONSTRAINT outgoing_email_state
  CHECK (state IN ('accepted', 'sending', 'sent', 'failed', 'cancelled', 'unknown'));
-- Only what was handed over can have been taken (invariant 5).
ALTER TABLE outgoing_email ADD CONSTRAINT outgoing_email_handed_over
  CHECK (handed_over_at IS NOT NULL OR state NOT IN ('sent', 'unknown'));

-- References never leave an organization, whoever writes them.
ALTER TABLE email_draft ADD UNIQUE (organization_id, id);
ALTER TABLE outgoing_email ADD FOREIGN KEY (organization_id, draft_id) REFERENCES email_draft (organization_id, id)
  ON DELETE SET NULL (draft_id);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['email_draft', 'outgoing_email'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id) REFERENCES organization (id)', name);
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id, mailbox_id) REFERENCES mailbox (organization_id, id)', name);
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id, thread_id) REFERENCES email_thread (organization_id, id)
      ON DELETE SET NULL (thread_id)', name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO agentgateway_app', name);
    EXECUTE format('CREATE POLICY jobs_forget ON %I TO agentgateway_jobs USING (true)', name);
  END LOOP;
END $$;

-- The jobs: drafts that have ended long ago go, and of mails that have ended long ago the text.
GRANT SELECT (state, updated_at), DELETE ON email_draft TO agentgateway_jobs;
GRANT SELECT (sealed, state, settled_at, copied_at), UPDATE (sealed, wrapped_key, wrap_key_id) ON outgoing_email TO agentgateway_jobs;

-- An operation in doubt is under way until a person decides.
DROP INDEX operation_one_open;
CREATE UNIQUE INDEX operation_one_open ON operation (kind, target_id)
  WHERE status IN ('accepted', 'running', 'waiting', 'unknown');
DROP INDEX operation_of_grant;
CREATE INDEX operation_of_grant ON operation ((requested_by->>'grantId'))
  WHERE status IN ('accepted', 'running', 'waiting', 'unknown');
