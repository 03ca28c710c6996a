-- Open dashboards are told of drafts and of mails on their way too.
SELECT publish_changes('email_draft', 'email', 'id');
SELECT publish_changes('outgoing_email', 'email', 'id', '{state, bounces, copied_at}');
