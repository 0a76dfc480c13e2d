"""A contest has another revision after each change of what its pages are made of, whoever makes it and by which way."""

from django.db import migrations

# From a sequence, so that a revision never comes back, not even after a rollback.
COUNT = """
CREATE SEQUENCE rounds_revision;
CREATE FUNCTION rounds_revise_contest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.revision := nextval('rounds_revision');
  RETURN NEW;
END $$;
CREATE TRIGGER revised BEFORE INSERT OR UPDATE ON rounds_contest FOR EACH ROW EXECUTE FUNCTION rounds_revise_contest();

CREATE FUNCTION rounds_revise_contest_of() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  owners bigint[] := ARRAY[(to_jsonb(OLD) ->> TG_ARGV[0])::bigint, (to_jsonb(NEW) ->> TG_ARGV[0])::bigint];
BEGIN
  IF TG_ARGV[0] = 'quiz_id' THEN
    owners := ARRAY(SELECT round_id FROM rounds_quiz WHERE id = ANY (owners));
  END IF;
  IF TG_ARGV[0] <> 'contest_id' THEN
    owners := ARRAY(SELECT contest_id FROM rounds_round WHERE id = ANY (owners));
  END IF;
  UPDATE rounds_contest SET revision = 0 WHERE id = ANY (owners);
  RETURN NULL;
END $$;
"""
FORGET = """
DROP FUNCTION rounds_revise_contest_of();
DROP TRIGGER revised ON rounds_contest;
DROP FUNCTION rounds_revise_contest();
DROP SEQUENCE rounds_revision;
"""
PARTS = {
    "round": "contest_id", "document": "contest_id", "quiz": "round_id", "period": "round_id",
    "extratime": "round_id", "round_units": "round_id", "topicquota": "quiz_id", "paperquestion": "quiz_id",
}  # fmt: skip
WATCH = """
CREATE TRIGGER revised AFTER INSERT OR UPDATE OR DELETE ON rounds_{part}
FOR EACH ROW EXECUTE FUNCTION rounds_revise_contest_of('{owner}')
"""


class Migration(migrations.Migration):
    dependencies = [("rounds", "0001_initial")]
    operations = [
        migrations.RunSQL(COUNT, FORGET),
        *(
            migrations.RunSQL(WATCH.format(part=part, owner=owner), f"DROP TRIGGER revised ON rounds_{part}")
            for part, owner in PARTS.items()
        ),
    ]
