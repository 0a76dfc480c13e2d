import contest.foundations.secrets
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('rounds', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigIntegerField(default=contest.foundations.secrets.random_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('unit_path', models.JSONField(default=list)),
                ('seed', models.CharField(max_length=32)),
                ('paper', models.JSONField(verbose_name='paper')),
                ('status', models.CharField(choices=[('open', 'Open'), ('submitted', 'Handed in'), ('expired', 'Closed by the clock')], default='open', max_length=10, verbose_name='status')),
                ('lease', models.PositiveIntegerField(default=1)),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('deadline', models.DateTimeField(null=True, verbose_name='deadline')),
                ('submitted_at', models.DateTimeField(null=True, verbose_name='handed in at')),
                ('duration_ms', models.BigIntegerField(null=True, verbose_name='time taken (ms)')),
                ('receipt', models.CharField(blank=True, max_length=20, verbose_name='receipt')),
                ('answered', models.PositiveSmallIntegerField(null=True, verbose_name='answered questions')),
                ('is_completed', models.BooleanField(default=False, verbose_name='completed')),
                ('graded_version', models.PositiveIntegerField(default=0)),
                ('grading_failures', models.PositiveSmallIntegerField(default=0, verbose_name='failed gradings')),
                ('voided_at', models.DateTimeField(blank=True, null=True, verbose_name='voided at')),
                ('void_reason', models.CharField(blank=True, max_length=300, verbose_name='void because')),
                ('entrant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='rounds.entrant', verbose_name='entrant')),
                ('period', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='rounds.period', verbose_name='period')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='rounds.round', verbose_name='round')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit', verbose_name='unit')),
                ('voided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='voided by')),
            ],
            options={
                'verbose_name': 'attempt',
                'verbose_name_plural': 'attempts',
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('pk', models.CompositePrimaryKey('attempt_id', 'lease', 'sequence', blank=True, editable=False, primary_key=True, serialize=False)),
                ('lease', models.PositiveIntegerField()),
                ('sequence', models.PositiveIntegerField()),
                ('received_at', models.DateTimeField()),
                ('is_counted', models.BooleanField()),
                ('choices', models.JSONField()),
                ('attempt', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='attempts.attempt')),
            ],
            options={
                'verbose_name': 'answer',
                'verbose_name_plural': 'answers',
            },
        ),
        migrations.CreateModel(
            name='Grade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_version', models.PositiveIntegerField(verbose_name='key version')),
                ('points', models.IntegerField(verbose_name='points (hundredths)')),
                ('max_points', models.IntegerField(verbose_name='points at most (hundredths)')),
                ('right', models.PositiveSmallIntegerField(verbose_name='right answers')),
                ('questions', models.PositiveSmallIntegerField(verbose_name='questions')),
                ('is_all_correct', models.BooleanField(verbose_name='all correct')),
                ('prediction', models.DecimalField(decimal_places=5, max_digits=20, null=True, verbose_name='prediction')),
                ('graded_at', models.DateTimeField(verbose_name='graded at')),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grades', to='attempts.attempt', verbose_name='attempt')),
            ],
            options={
                'verbose_name': 'grade',
                'verbose_name_plural': 'grades',
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('granted_at', models.DateTimeField(verbose_name='granted at')),
                ('entrant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='rounds.entrant', verbose_name='entrant')),
                ('granted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='granted by')),
                ('period', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.period', verbose_name='period')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.round', verbose_name='round')),
            ],
            options={
                'verbose_name': 'further attempt',
                'verbose_name_plural': 'further attempts',
            },
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['deadline'], name='attempt_open_deadline'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('status', 'open'), _negated=True), fields=['round', 'graded_version'], name='attempt_to_grade'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['period', 'entrant'], name='attempt_period_entrant'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['started_at', 'id'], name='attempt_order'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('status', 'open'), _negated=True), fields=['round', 'submitted_at'], include=('entrant',), name='attempt_handed_in'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('entrant', 'round', 'number'), name='one_attempt_a_number'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('entrant', 'round'), name='one_open_attempt_a_round'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('receipt', ''), _negated=True), fields=('receipt',), name='a_receipt_is_one_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('deadline', None), ('submitted_at', None), ('submitted_at__lte', models.F('deadline')), _connector='OR'), name='handed_in_by_the_deadline'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'open'), ('submitted_at', None)), models.Q(models.Q(('status', 'open'), _negated=True), ('submitted_at__isnull', False)), _connector='OR'), name='closed_with_a_time'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('voided_at', None), models.Q(('void_reason', ''), _negated=True), _connector='OR'), name='void_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='grade',
            constraint=models.UniqueConstraint(fields=('attempt', 'key_version'), name='one_grade_a_key_version'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='a_grant_has_a_reason'),
        ),
    ]
