"""Answers and grades are only ever added to: the database itself refuses to change or delete them."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION attempts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON attempts_answer FOR EACH ROW EXECUTE FUNCTION attempts_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON attempts_grade FOR EACH ROW EXECUTE FUNCTION attempts_refuse_change();
"""
ALLOW = """
DROP TRIGGER append_only ON attempts_answer;
DROP TRIGGER append_only ON attempts_grade;
DROP FUNCTION attempts_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("attempts", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
