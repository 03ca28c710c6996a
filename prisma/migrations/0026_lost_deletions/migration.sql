-- Housekeeping finds deleted agents whose workflow, which should have purged them, is lost.
GRANT SELECT (restorable_until, purged_at, delete_operation_id) ON agent TO agentgateway_jobs;
CREATE INDEX agent_restorable ON agent (restorable_until) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
