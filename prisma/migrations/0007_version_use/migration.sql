-- AlterTable
ALTER TABLE "relay_process" ADD COLUMN     "unusable_versions" UUID[] DEFAULT ARRAY[]::UUID[];

-- AlterTable
ALTER TABLE "last_use" ADD COLUMN     "agent_id" UUID,
ADD COLUMN     "calls" BIGINT NOT NULL DEFAULT 0;

-- ── What Prisma does not know ──────────────────────────────────────────────────────────────────────────────────────

ALTER TABLE mint_attempt DROP CONSTRAINT mint_attempt_outcome;
ALTER TABLE mint_attempt ADD CONSTRAINT mint_attempt_outcome
  CHECK (outcome IN ('open', 'minted', 'abandoned', 'lost'));
