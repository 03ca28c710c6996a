-- CreateTable
CREATE TABLE "mailbox" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "imap_host" TEXT NOT NULL,
    "imap_port" INTEGER NOT NULL,
    "imap_tls" TEXT NOT NULL,
    "smtp_host" TEXT NOT NULL,
    "smtp_port" INTEGER NOT NULL,
    "smtp_tls" TEXT NOT NULL,
    "login" TEXT NOT NULL,
    "auth" JSONB NOT NULL,
    "credential_id" UUID NOT NULL,
    "permissions" JSONB NOT NULL DEFAULT '{}',
    "recipient_allow" TEXT[],
    "recipient_block" TEXT[],
    "sends_per_hour" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),
    "restorable_until" TIMESTAMPTZ(3),
    "purged_at" TIMESTAMPTZ(3),
    "sync_state" TEXT NOT NULL DEFAULT 'waiting',
    "sync_error" TEXT,
    "synced_at" TIMESTAMPTZ(3),
    "sync_seen_at" TIMESTAMPTZ(3),

    CONSTRAINT "mailbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mailbox_folder" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "mailbox_id" UUID NOT NULL,
    "path" TEXT NOT NULL,
    "role" TEXT,
    "synced" BOOLEAN NOT NULL,
    "uid_validity" BIGINT,
    "last_uid" BIGINT NOT NULL DEFAULT 0,
    "backfilled_from" BIGINT NOT NULL DEFAULT 1,
    "highest_modseq" BIGINT,

    CONSTRAINT "mailbox_folder_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "email_thread" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "mailbox_id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "writers" JSONB NOT NULL DEFAULT '[]',
    "message_count" INTEGER NOT NULL DEFAULT 0,
    "unread_count" INTEGER NOT NULL DEFAULT 0,
    "has_attachments" BOOLEAN NOT NULL DEFAULT false,
    "last_message_at" TIMESTAMPTZ(3) NOT NULL,
    "merged_into" UUID,

    CONSTRAINT "email_thread_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "email_reference" (
    "organization_id" UUID NOT NULL,
    "mailbox_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "thread_id" UUID NOT NULL,

    CONSTRAINT "email_reference_pkey" PRIMARY KEY ("mailbox_id","hash")
);

-- CreateTable
CREATE TABLE "email_message" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "mailbox_id" UUID NOT NULL,
    "folder_id" UUID NOT NULL,
    "uid" BIGINT NOT NULL,
    "thread_id" UUID NOT NULL,
    "message_id" TEXT NOT NULL,
    "in_reply_to" TEXT,
    "reference_ids" TEXT[],
    "base_subject" TEXT,
    "bare_reply" BOOLEAN NOT NULL DEFAULT false,
    "from" JSONB NOT NULL,
    "to" JSONB NOT NULL,
    "cc" JSONB NOT NULL DEFAULT '[]',
    "reply_to" JSONB NOT NULL DEFAULT '[]',
    "subject" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "seen" BOOLEAN NOT NULL,
    "flags" TEXT[],
    "size_bytes" BIGINT NOT NULL,
    "attachments" JSONB NOT NULL DEFAULT '[]',
    "automatic" TEXT,
    "bounce" JSONB,
    "sealed" BYTEA,
    "wrapped_key" BYTEA,
    "wrap_key_id" TEXT,

    CONSTRAINT "email_message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "mailbox_organization_id_idx" ON "mailbox"("organization_id");

-- CreateIndex
CREATE UNIQUE INDEX "mailbox_folder_mailbox_id_path_key" ON "mailbox_folder"("mailbox_id", "path");

-- CreateIndex
CREATE INDEX "email_thread_mailbox_id_last_message_at_id_idx" ON "email_thread"("mailbox_id", "last_message_at" DESC, "id");

-- CreateIndex
CREATE INDEX "email_reference_thread_id_idx" ON "email_reference"("thread_id");

-- CreateIndex
CREATE INDEX "email_message_thread_id_received_at_id_idx" ON "email_message"("thread_id", "received_at", "id");

-- CreateIndex
CREATE INDEX "email_message_mailbox_id_message_id_idx" ON "email_message"("mailbox_id", "message_id");

-- CreateIndex
CREATE UNIQUE INDEX "email_message_folder_id_uid_key" ON "email_message"("folder_id", "uid");

-- AddForeignKey
ALTER TABLE "mailbox_folder" ADD CONSTRAINT "mailbox_folder_mailbox_id_fkey" FOREIGN KEY ("mailbox_id") REFERENCES "mailbox"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "email_message" ADD CONSTRAINT "email_message_folder_id_fkey" FOREIGN KEY ("folder_id") REFERENCES "mailbox_folder"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "email_message" ADD CONSTRAINT "email_message_thread_id_fkey" FOREIGN KEY ("thread_id") REFERENCES "email_thread"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

CREATE UNIQUE INDEX mailbox_address ON mailbox (organization_id, address) WHERE deleted_at IS NULL;
ALTER TABLE mailbox ADD CONSTRAINT mailbox_words CHECK (
  imap_tls IN ('implicit', 'starttls') AND smtp_tls IN ('implicit', 'starttls')
  AND imap_port BETWEEN 1 AND 65535 AND smtp_port BETWEEN 1 AND 65535
  AND sync_state IN ('waiting', 'first_sync', 'live', 'failing') AND sends_per_hour > 0);
ALTER TABLE mailbox_folder ADD CONSTRAINT mailbox_folder_role
  CHECK (role IN ('inbox', 'sent', 'drafts', 'archive', 'all', 'junk', 'trash'));

-- References never leave an organization, whoever writes them.
ALTER TABLE mailbox ADD UNIQUE (organization_id, id);
ALTER TABLE mailbox_folder ADD UNIQUE (organization_id, id);
ALTER TABLE email_thread ADD UNIQUE (organization_id, id);
ALTER TABLE mailbox ADD FOREIGN KEY (organization_id, credential_id) REFERENCES credential (organization_id, id);
ALTER TABLE mailbox_folder ADD FOREIGN KEY (organization_id, mailbox_id) REFERENCES mailbox (organization_id, id);
ALTER TABLE email_thread ADD FOREIGN KEY (organization_id, mailbox_id) REFERENCES mailbox (organization_id, id);
ALTER TABLE email_thread ADD FOREIGN KEY (organization_id, merged_into) REFERENCES email_thread (organization_id, id);
ALTER TABLE email_reference ADD FOREIGN KEY (organization_id, thread_id) REFERENCES email_thread (organization_id, id) ON DELETE CASCADE;
ALTER TABLE email_message ADD FOREIGN KEY (organization_id, mailbox_id) REFERENCES mailbox (organization_id, id);
ALTER TABLE email_message ADD FOREIGN KEY (organization_id, folder_id) REFERENCES mailbox_folder (organization_id, id) ON DELETE CASCADE;
ALTER TABLE email_message ADD FOREIGN KEY (organization_id, thread_id) REFERENCES email_thread (organization_id, id);

CREATE INDEX email_thread_unread ON email_thread (mailbox_id, last_message_at DESC, id) WHERE unread_count > 0;
CREATE INDEX email_thread_merged ON email_thread (merged_into) WHERE merged_into IS NOT NULL;
-- What a reply that refers to nothing may answer, and such replies themselves.
CREATE INDEX email_message_subject ON email_message (mailbox_id, base_subject, received_at) WHERE base_subject IS NOT NULL;
-- Delivery reports wait for whoever matches them to what was sent.
CREATE INDEX email_message_bounce ON email_message (mailbox_id, received_at) WHERE bounce IS NOT NULL;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['mailbox', 'mailbox_folder', 'email_thread', 'email_reference', 'email_message'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (organization_id) REFERENCES organization (id)', name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY one_organization ON %I TO agentgateway_app
      USING (organization_id = app_organization()) WITH CHECK (organization_id = app_organization())', name);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON mailbox TO agentgateway_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mailbox_folder, email_thread, email_reference, email_message TO agentgateway_app;

-- The jobs: mailboxes whose sync is silent, and those whose seven days are over.
CREATE POLICY jobs_find_due ON mailbox FOR SELECT TO agentgateway_jobs USING (true);
GRANT SELECT (id, organization_id, sync_seen_at, deleted_at, restorable_until, purged_at) ON mailbox TO agentgateway_jobs;
