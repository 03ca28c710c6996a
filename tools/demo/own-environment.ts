/** Settings that lead to servers of somebody's installation, in which the demo's people, workflows and mails must not turn up. */
const LEAD_ELSEWHERE = [
  'DATABASE_URL',
  'DATABASE_URL_APP',
  'DATABASE_URL_RELAY',
  'DATABASE_URL_LOG_WRITER',
  'DATABASE_URL_JOBS',
  'REDIS_URL',
  'RELAY_PROCESSES',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_DATA',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_DATA',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
  'TEMPORAL_TLS_SERVER_NAME',
  'AGENTGATEWAY_MASTER_KEY',
  'SMTP_URL',
];

/** The environment without them: the demo has servers of its own, and sends no mail of the system. */
export function ownEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !LEAD_ELSEWHERE.includes(name)));
}
