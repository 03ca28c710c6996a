-- Open dashboards are told what changed, as `organization:kind:id`; what it is now they read themselves. What is written at
-- every call (uses, counts, logs) is not told of here: a NOTIFY makes transactions commit one after the other.

-- $1 is the kind, $2 the column whose value names what changed.
CREATE FUNCTION publish_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record;
  id text;
BEGIN
  changed := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  EXECUTE format('SELECT ($1).%I::text', TG_ARGV[1]) INTO id USING changed;
  PERFORM pg_notify('change', format('%s:%s:%s', changed.organization_id, TG_ARGV[0], id));
  RETURN NULL;
END $$;

-- A table, the kind, the column, and the columns whose change counts (all, where none is named).
CREATE FUNCTION publish_changes(of_table regclass, kind text, id text, counted text[] DEFAULT '{}') RETURNS void
  LANGUAGE plpgsql AS $$
DECLARE columns text;
BEGIN
  SELECT 'OF ' || string_agg(quote_ident(name), ', ') INTO columns FROM unnest(counted) AS name;
  EXECUTE format('CREATE TRIGGER publish_change AFTER INSERT OR DELETE OR UPDATE %s ON %s
    FOR EACH ROW EXECUTE FUNCTION publish_change(%L, %L)', columns, of_table, kind, id);
END $$;
REVOKE ALL ON FUNCTION publish_changes(regclass, text, text, text[]) FROM PUBLIC;

SELECT publish_changes('agent', 'agent', 'id');
SELECT publish_changes('agent_key', 'agent_key', 'id');
SELECT publish_changes('credential_link', 'agent', 'agent_id');
SELECT publish_changes('circuit_breaker', 'agent', 'agent_id', '{state}');
SELECT publish_changes('credential', 'credential', 'id');
SELECT publish_changes('credential_version', 'credential', 'credential_id');
SELECT publish_changes('operation', 'operation', 'id');
SELECT publish_changes('notice', 'notice', 'id');
SELECT publish_changes('membership', 'member', 'person_id');
SELECT publish_changes('invitation', 'member', 'id');
SELECT publish_changes('api_token', 'api_token', 'id', '{revoked_at}');
SELECT publish_changes('oauth_grant', 'connected_app', 'id', '{scopes, revoked_at}');
SELECT publish_changes('plan', 'plan', 'organization_id');
SELECT publish_changes('budget', 'plan', 'id');
SELECT publish_changes('alert_rule', 'alert', 'id');
SELECT publish_changes('alert', 'alert', 'id');
SELECT publish_changes('mailbox', 'email', 'id');
SELECT publish_changes('email_thread', 'email', 'id');
