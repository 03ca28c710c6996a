-- Notices are alerts of the system from now on. Those that there are keep their occasions, so that none is told again.

CREATE POLICY moving ON notice TO CURRENT_USER USING (true);
CREATE POLICY moving ON alert TO CURRENT_USER WITH CHECK (true);
CREATE POLICY moving ON alert_change TO CURRENT_USER WITH CHECK (true);

INSERT INTO alert (id, organization_id, kind, name, severity, text, state, target_kind, target_id, target_name, occasion,
  operation_id, since, fired_at, resolved_at, sequence, told_sequence)
SELECT id, organization_id, kind, initcap(left(kind, 1)) || replace(substr(kind, 2), '_', ' '), 'info', text,
  CASE WHEN dismissed_at IS NULL THEN 'firing' ELSE 'resolved' END, target_kind, target_id, target_name,
  CASE kind WHEN 'rotation_failed' THEN occasion || '/failed' WHEN 'handed_over' THEN operation_id || '/' || occasion ELSE occasion END,
  operation_id, created_at, created_at, dismissed_at, 1, 1
FROM notice;
INSERT INTO alert_change (alert_id, organization_id, sequence, change, at)
SELECT id, organization_id, 1, 'firing', created_at FROM notice;

DROP POLICY moving ON alert;
DROP POLICY moving ON alert_change;

-- DropTable
DROP TABLE "notice";

-- Open dashboards show channels, and what becomes of deliveries.
SELECT publish_changes('channel', 'alert', 'id');
SELECT publish_changes('delivery', 'alert', 'id', '{state}');
