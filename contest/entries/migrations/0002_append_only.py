"""Versions and steps of entries are only ever added to: the database itself refuses to change or delete them."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION entries_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entries_version FOR EACH ROW EXECUTE FUNCTION entries_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entries_event FOR EACH ROW EXECUTE FUNCTION entries_refuse_change();
"""
ALLOW = """
DROP TRIGGER append_only ON entries_version;
DROP TRIGGER append_only ON entries_event;
DROP FUNCTION entries_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("entries", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
