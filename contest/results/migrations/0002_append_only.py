"""Lines of results are only ever added to: the database itself refuses to change or delete them."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION results_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON results_line FOR EACH ROW EXECUTE FUNCTION results_refuse_change();
"""
ALLOW = """
DROP TRIGGER append_only ON results_line;
DROP FUNCTION results_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("results", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
