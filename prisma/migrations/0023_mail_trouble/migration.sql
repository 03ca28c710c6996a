-- AlterTable
ALTER TABLE "mailbox_folder" ADD COLUMN     "trouble" JSONB;
