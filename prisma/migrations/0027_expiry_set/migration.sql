-- AlterTable
ALTER TABLE "credential" ADD COLUMN     "expires_set_at" TIMESTAMPTZ(3);
