-- What changed lately is found without going through all that was only read since.
CREATE INDEX audit_event_changes ON audit_event (organization_id, time DESC, id DESC)
  WHERE outcome = 'succeeded' AND action !~ '^((list|get|summarize|test|verify|export|sign)_|whoami$|reauthenticate$)';
