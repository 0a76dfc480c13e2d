import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('entries', '0002_append_only'),
        ('rounds', '0002_revision'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='running order')),
                ('is_anchor', models.BooleanField(default=False, verbose_name='anchor')),
                ('is_absent', models.BooleanField(default=False, verbose_name='absent')),
                ('outcome', models.CharField(choices=[('waiting', 'Not all sheets are locked'), ('discrepant', 'The judges disagree'), ('scored', 'Scored')], default='waiting', max_length=10, verbose_name='outcome')),
                ('score', models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True, verbose_name='score')),
                ('spread', models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True, verbose_name='spread')),
                ('total', models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True, verbose_name='with the stages before')),
                ('passes', models.BooleanField(null=True, verbose_name='passes')),
                ('place', models.PositiveIntegerField(blank=True, null=True, verbose_name='place')),
                ('goes_on', models.BooleanField(null=True, verbose_name='goes on')),
                ('decision', models.TextField(blank=True, verbose_name="the chair's decision")),
                ('decided_order', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('basis', models.CharField(blank=True, editable=False, max_length=64)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidacies', to='entries.entry', verbose_name='entry')),
            ],
            options={
                'verbose_name': 'entry at a stage',
                'verbose_name_plural': 'entries at a stage',
            },
        ),
        migrations.CreateModel(
            name='Panel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('categories', models.ManyToManyField(blank=True, related_name='+', to='entries.category', verbose_name='only these categories')),
                ('kinds', models.ManyToManyField(blank=True, related_name='+', to='entries.kind', verbose_name='only these kinds')),
            ],
            options={
                'verbose_name': 'panel',
                'verbose_name_plural': 'panels',
                'ordering': ['stage', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Rubric',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('version', models.PositiveSmallIntegerField(default=1, editable=False, verbose_name='version')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rubrics', to='rounds.contest', verbose_name='contest')),
                ('previous', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='next', to='judging.rubric')),
            ],
            options={
                'verbose_name': 'rubric',
                'verbose_name_plural': 'rubrics',
                'ordering': ['contest', 'title', '-version'],
            },
        ),
        migrations.CreateModel(
            name='Criterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('code', models.CharField(max_length=6, verbose_name='code')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('description', models.CharField(blank=True, max_length=500, verbose_name='description')),
                ('maximum', models.DecimalField(decimal_places=2, max_digits=6, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='maximum')),
                ('step', models.DecimalField(decimal_places=2, default=Decimal('0.5'), max_digits=4, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='step')),
                ('comment_at_zero', models.BooleanField(default=False, verbose_name='comment needed at zero')),
                ('comment_at_maximum', models.BooleanField(default=False, verbose_name='comment needed at the maximum')),
                ('comment_always', models.BooleanField(default=False, verbose_name='comment always needed')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='judging.criterion', verbose_name='part of')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to='judging.rubric', verbose_name='rubric')),
            ],
            options={
                'verbose_name': 'criterion',
                'verbose_name_plural': 'criteria',
                'ordering': ['rubric', 'order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Seat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_chair', models.BooleanField(default=False, verbose_name='chair')),
                ('most_entries', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='entries at most')),
                ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='left at')),
                ('left_reason', models.CharField(blank=True, max_length=300, verbose_name='left because')),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='judging.panel', verbose_name='panel')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to=settings.AUTH_USER_MODEL, verbose_name='judge')),
            ],
            options={
                'verbose_name': 'seat on a panel',
                'verbose_name_plural': 'seats on a panel',
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(choices=[('plan', 'By the assignment'), ('next', 'Taken as the next one'), ('top_up', 'In the place of a judge who left'), ('discrepancy', 'Because judges disagree'), ('by_hand', 'By hand')], default='plan', max_length=12, verbose_name='why')),
                ('assigned_at', models.DateTimeField(verbose_name='assigned at')),
                ('held_until', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('ended_reason', models.CharField(blank=True, max_length=300, verbose_name='ended because')),
                ('assigned_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='assigned by')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='judging.candidate', verbose_name='entry at a stage')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='judging.seat', verbose_name='judge')),
            ],
            options={
                'verbose_name': 'assignment',
                'verbose_name_plural': 'assignments',
            },
        ),
        migrations.CreateModel(
            name='Sheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField(default=0)),
                ('comment', models.TextField(blank=True, verbose_name='comment')),
                ('begun_at', models.DateTimeField(verbose_name='begun at')),
                ('saved_at', models.DateTimeField(blank=True, null=True, verbose_name='saved at')),
                ('seconds', models.PositiveIntegerField(default=0, verbose_name='seconds spent')),
                ('locked_at', models.DateTimeField(blank=True, null=True, verbose_name='locked at')),
                ('total', models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True, verbose_name='total')),
                ('assignment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sheet', to='judging.assignment', verbose_name='assignment')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='judging.rubric', verbose_name='rubric')),
            ],
            options={
                'verbose_name': 'sheet',
                'verbose_name_plural': 'sheets',
            },
        ),
        migrations.CreateModel(
            name='Mark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='points')),
                ('comment', models.TextField(blank=True, verbose_name='comment')),
                ('criterion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='judging.criterion', verbose_name='criterion')),
                ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='judging.sheet', verbose_name='sheet')),
            ],
            options={
                'verbose_name': 'mark',
                'verbose_name_plural': 'marks',
            },
        ),
        migrations.CreateModel(
            name='SheetEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('what', models.CharField(choices=[('saved', 'Saved'), ('locked', 'Locked'), ('reopened', 'Opened again'), ('ended', 'Taken out')], max_length=10, verbose_name='what')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('marks', models.JSONField(default=dict)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='judging.sheet', verbose_name='sheet')),
            ],
            options={
                'verbose_name': 'step of a sheet',
                'verbose_name_plural': 'steps of a sheet',
                'ordering': ['sheet', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=1, verbose_name='order')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('opens_at', models.DateTimeField(blank=True, null=True, verbose_name='judging opens at')),
                ('closes_at', models.DateTimeField(blank=True, null=True, verbose_name='judging closes at')),
                ('judges_per_entry', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(15)], verbose_name='judges an entry')),
                ('allotment', models.CharField(choices=[('ahead', 'Assigned before judging begins'), ('next', 'The entry with the fewest judges comes next')], default='ahead', max_length=5, verbose_name='assignment')),
                ('aggregation', models.CharField(choices=[('mean', 'Mean'), ('median', 'Median'), ('trimmed', 'Mean without the highest and the lowest, from five judges on')], default='mean', max_length=8, verbose_name='score of an entry')),
                ('tolerance', models.DecimalField(blank=True, decimal_places=2, default=Decimal('15'), help_text='Judges whose totals lie further apart than this disagree; empty: never.', max_digits=6, null=True, verbose_name='tolerance')),
                ('on_discrepancy', models.CharField(choices=[('chair', 'The chair decides'), ('judge', 'One more judge marks')], default='chair', max_length=5, verbose_name='when judges disagree')),
                ('weight', models.PositiveSmallIntegerField(blank=True, help_text='Of this stage in the sum with the stages before it; empty: it starts from zero.', null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='weight (%)')),
                ('is_blind', models.BooleanField(default=False, help_text='Authors and units are hidden from judges, in files as well.', verbose_name='blind')),
                ('shows_others', models.BooleanField(default=False, help_text='Each only after locking their own sheet.', verbose_name="judges see others' marks")),
                ('adjusts_severity', models.BooleanField(default=False, help_text='To be declared before judging begins; otherwise the adjusted ranking only stands beside.', verbose_name='ranks by marks adjusted for severity')),
                ('is_live', models.BooleanField(default=False, help_text='Teams before an audience, marked part by part and shown in the hall.', verbose_name='live')),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='closed at')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='rounds.round', verbose_name='round')),
            ],
            options={
                'verbose_name': 'stage of judging',
                'verbose_name_plural': 'stages of judging',
                'ordering': ['round', 'order'],
            },
        ),
        migrations.AddField(
            model_name='panel',
            name='stage',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='panels', to='judging.stage', verbose_name='stage'),
        ),
        migrations.CreateModel(
            name='Draw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seed', models.CharField(max_length=64, verbose_name='seed')),
                ('codes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), size=None, verbose_name='drawn from')),
                ('drawn_at', models.DateTimeField(verbose_name='drawn at')),
                ('drawn_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stage', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='draw', to='judging.stage', verbose_name='stage')),
            ],
            options={
                'verbose_name': 'draw',
                'verbose_name_plural': 'draws',
            },
        ),
        migrations.AddField(
            model_name='candidate',
            name='stage',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='candidates', to='judging.stage', verbose_name='stage'),
        ),
        migrations.CreateModel(
            name='Advance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('forms', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('individual', 'Individual'), ('group', 'Group'), ('collective', 'Collective'), ('team', 'Team')], max_length=12), blank=True, default=list, size=None, verbose_name='handed in as')),
                ('top', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='the best so many')),
                ('least_score', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='with at least')),
                ('kind', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='entries.kind', verbose_name='kind of entry')),
                ('stage', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='advances', to='judging.stage', verbose_name='stage')),
            ],
            options={
                'verbose_name': 'rule for going on',
                'verbose_name_plural': 'rules for going on',
            },
        ),
        migrations.CreateModel(
            name='StageRubric',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pass_score', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='passes with at least')),
                ('tie_break', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), blank=True, default=list, help_text='Codes of criteria, the first one first; what is still equal the chair decides.', size=None, verbose_name='ties go by')),
                ('kind', models.ForeignKey(blank=True, help_text='Empty: all kinds without a rubric of their own.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='entries.kind', verbose_name='kind of entry')),
                ('not_zero', models.ManyToManyField(blank=True, help_text='An entry whose mean is zero in one of them does not pass.', related_name='+', to='judging.criterion', verbose_name='none of these at zero')),
                ('parts', models.ManyToManyField(blank=True, help_text='Criteria of the highest level; empty: the whole rubric.', related_name='+', to='judging.criterion', verbose_name='only these parts')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='judging.rubric', verbose_name='rubric')),
                ('stage', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stage_rubrics', to='judging.stage', verbose_name='stage')),
            ],
            options={
                'verbose_name': 'rubric of a stage',
                'verbose_name_plural': 'rubrics of a stage',
            },
        ),
        migrations.AddField(
            model_name='stage',
            name='rubrics',
            field=models.ManyToManyField(related_name='stages', through='judging.StageRubric', to='judging.rubric', verbose_name='rubrics'),
        ),
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('declared_at', models.DateTimeField(verbose_name='declared at')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                ('lifted_reason', models.CharField(blank=True, max_length=300, verbose_name='lifted because')),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conflicts', to='rounds.contest', verbose_name='contest')),
                ('declared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='declared by')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conflicts', to='entries.entry', verbose_name='entry')),
                ('judge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conflicts', to=settings.AUTH_USER_MODEL, verbose_name='judge')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'conflict of interest',
                'verbose_name_plural': 'conflicts of interest',
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('judge', 'entry'), name='a_conflict_stands_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='a_conflict_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Level',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.DecimalField(decimal_places=2, max_digits=6, verbose_name='from so many points')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('description', models.CharField(blank=True, max_length=500, verbose_name='description')),
                ('criterion', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='levels', to='judging.criterion', verbose_name='criterion')),
            ],
            options={
                'verbose_name': 'level',
                'verbose_name_plural': 'levels',
                'ordering': ['criterion', 'points'],
                'constraints': [models.UniqueConstraint(fields=('criterion', 'points'), name='a_level_once'), models.CheckConstraint(condition=models.Q(('points__gte', 0)), name='a_level_not_below_zero')],
            },
        ),
        migrations.CreateModel(
            name='Reveal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('called_at', models.DateTimeField(verbose_name='called at')),
                ('marks', models.JSONField(blank=True, default=list)),
                ('score', models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True, verbose_name='score')),
                ('revealed_at', models.DateTimeField(blank=True, null=True, verbose_name='announced at')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reveals', to='judging.candidate', verbose_name='team')),
                ('part', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='judging.criterion', verbose_name='part')),
                ('revealed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'announcement',
                'verbose_name_plural': 'announcements',
                'constraints': [models.UniqueConstraint(fields=('candidate', 'part'), name='a_part_announced_once'), models.CheckConstraint(condition=models.Q(models.Q(('revealed_at', None), ('score', None)), models.Q(('revealed_at__isnull', False), ('score__isnull', False)), _connector='OR'), name='a_score_with_its_moment')],
            },
        ),
        migrations.AddConstraint(
            model_name='rubric',
            constraint=models.UniqueConstraint(fields=('contest', 'title', 'version'), name='a_rubric_version_once'),
        ),
        migrations.AddConstraint(
            model_name='criterion',
            constraint=models.UniqueConstraint(fields=('rubric', 'code'), name='a_criterion_code_once'),
        ),
        migrations.AddConstraint(
            model_name='criterion',
            constraint=models.CheckConstraint(condition=models.Q(('maximum__gt', 0)), name='a_maximum_above_zero'),
        ),
        migrations.AddConstraint(
            model_name='criterion',
            constraint=models.CheckConstraint(condition=models.Q(('step__gt', 0), ('step__lte', models.F('maximum'))), name='a_step_up_to_the_maximum'),
        ),
        migrations.AddConstraint(
            model_name='seat',
            constraint=models.UniqueConstraint(fields=('panel', 'user'), name='a_seat_once_a_panel'),
        ),
        migrations.AddConstraint(
            model_name='seat',
            constraint=models.UniqueConstraint(condition=models.Q(('is_chair', True), ('left_at', None)), fields=('panel',), name='one_chair_a_panel'),
        ),
        migrations.AddConstraint(
            model_name='seat',
            constraint=models.CheckConstraint(condition=models.Q(('left_at', None), models.Q(('left_reason', ''), _negated=True), _connector='OR'), name='left_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('candidate', 'seat'), name='an_assignment_stands_once'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), models.Q(('ended_reason', ''), _negated=True), _connector='OR'), name='ended_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='sheet',
            constraint=models.CheckConstraint(condition=models.Q(('locked_at', None), ('total__isnull', False), _connector='OR'), name='locked_with_a_total'),
        ),
        migrations.AddConstraint(
            model_name='mark',
            constraint=models.UniqueConstraint(fields=('sheet', 'criterion'), name='a_mark_a_criterion'),
        ),
        migrations.AddConstraint(
            model_name='mark',
            constraint=models.CheckConstraint(condition=models.Q(('points', None), ('points__gte', 0), _connector='OR'), name='points_not_below_zero'),
        ),
        migrations.AddConstraint(
            model_name='sheetevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('what', 'reopened'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='reopened_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.UniqueConstraint(fields=('stage', 'entry'), name='an_entry_once_a_stage'),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.UniqueConstraint(fields=('stage', 'order'), name='a_running_order_once'),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'scored'), _negated=True), ('score__isnull', False), _connector='OR'), name='scored_with_a_score'),
        ),
        migrations.AddConstraint(
            model_name='advance',
            constraint=models.CheckConstraint(condition=models.Q(('top__isnull', False), ('least_score__isnull', False), _connector='OR'), name='going_on_takes_something'),
        ),
        migrations.AddConstraint(
            model_name='stagerubric',
            constraint=models.UniqueConstraint(fields=('stage', 'kind'), name='one_rubric_a_kind', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.UniqueConstraint(fields=('round', 'order'), name='one_stage_a_place'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.CheckConstraint(condition=models.Q(('opens_at', None), ('closes_at', None), ('opens_at__lt', models.F('closes_at')), _connector='OR'), name='judging_opens_before_it_closes'),
        ),
    ]
