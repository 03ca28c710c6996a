-- Every minute deletes what was told long ago.
CREATE INDEX "delivery_created_at_idx" ON "delivery"("created_at");
