"""Steps of sheets are only ever added to: the database itself refuses to change or delete them."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION judging_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON judging_sheetevent FOR EACH ROW EXECUTE FUNCTION judging_refuse_change();
"""
ALLOW = """
DROP TRIGGER append_only ON judging_sheetevent;
DROP FUNCTION judging_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("judging", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
