-- Relay processes that wrote their last request logs long ago are forgotten (core/store/log-retention.ts).
GRANT SELECT, DELETE ON request_log_writer TO agentgateway_jobs;
