import contest.foundations.secrets
import contest.rounds.models
import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('questions', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Period',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('title', models.CharField(blank=True, max_length=120, verbose_name='title')),
                ('opens_at', models.DateTimeField(verbose_name='opens at')),
                ('closes_at', models.DateTimeField(help_text='The first moment at which it is closed: “until the end of 6 October” is 7 October 00:00.', verbose_name='closes at')),
                ('frozen_at', models.DateTimeField(blank=True, null=True, verbose_name='results frozen at')),
                ('results_at', models.DateTimeField(blank=True, help_text='From then on results, boards and reviews that wait for it are shown.', null=True, verbose_name='results out at')),
            ],
            options={
                'verbose_name': 'period',
                'verbose_name_plural': 'periods',
                'ordering': ['round', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Contest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60, unique=True, verbose_name='address')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('short_title', models.CharField(blank=True, help_text='For the masthead and for phones.', max_length=60, verbose_name='short title')),
                ('mark', models.CharField(blank=True, help_text='Up to four characters for the badge in the masthead.', max_length=4, verbose_name='mark')),
                ('subtitle', models.TextField(blank=True, verbose_name='subtitle')),
                ('organizer', models.CharField(blank=True, max_length=200, verbose_name='organized by')),
                ('place', models.CharField(blank=True, max_length=120, verbose_name='place')),
                ('rules', models.TextField(blank=True, help_text='Markdown.', verbose_name='rules')),
                ('prizes', models.TextField(blank=True, help_text='Markdown.', verbose_name='prizes')),
                ('contact', models.CharField(blank=True, max_length=200, verbose_name='who answers questions')),
                ('hotline', models.CharField(blank=True, max_length=40, verbose_name='hotline')),
                ('entry', models.CharField(choices=[('roster', "By the units' lists only"), ('open', 'Open: people register themselves, lists may be added')], default='open', max_length=10, verbose_name='how people come in')),
                ('needs_unit_confirmation', models.BooleanField(default=False, help_text='People who registered themselves enter only after a manager of their unit has confirmed them.', verbose_name='units confirm who registers')),
                ('is_public', models.BooleanField(default=False, verbose_name='public')),
                ('roster_frozen_at', models.DateTimeField(blank=True, help_text='From this moment completion goes by the roster as it is then.', null=True, verbose_name='roster frozen at')),
                ('unit_ranking', models.CharField(choices=[('completion', 'Completion, then the mean score of those who completed'), ('people', 'Number of people'), ('attempts', 'Number of attempts')], default='completion', max_length=10, verbose_name='units are ranked by')),
                ('completion_threshold', models.DecimalField(decimal_places=2, default=70, max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='completion threshold (%)')),
                ('revision', models.BigIntegerField(default=0, editable=False)),
                ('root', models.ForeignKey(blank=True, help_text='Units below it take part; empty means all units.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit', verbose_name='top unit')),
            ],
            options={
                'verbose_name': 'contest',
                'verbose_name_plural': 'contests',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('taking_part', 'Taking part'), ('publishing', 'Publishing the name with the results'), ('keeping', 'Keeping the data for the next contest')], max_length=12, verbose_name='about')),
                ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                ('text', models.TextField(verbose_name='text')),
                ('is_required', models.BooleanField(default=False, verbose_name='needed to take part')),
                ('published_at', models.DateTimeField(verbose_name='in force since')),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consent_texts', to='rounds.contest', verbose_name='contest')),
            ],
            options={
                'verbose_name': 'consent text',
                'verbose_name_plural': 'consent texts',
                'ordering': ['contest', 'kind', '-version'],
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('file', models.FileField(blank=True, upload_to='documents/', verbose_name='file')),
                ('url', models.URLField(blank=True, verbose_name='link')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='rounds.contest', verbose_name='contest')),
            ],
            options={
                'verbose_name': 'document',
                'verbose_name_plural': 'documents',
                'ordering': ['order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Entrant',
            fields=[
                ('id', models.BigIntegerField(default=contest.foundations.secrets.random_id, editable=False, primary_key=True, serialize=False)),
                ('unit_path', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None)),
                ('unit_claim', models.CharField(blank=True, max_length=200, verbose_name='unit in their own words')),
                ('block', models.CharField(blank=True, max_length=80, verbose_name='block')),
                ('origin', models.CharField(choices=[('roster', "From the unit's list"), ('registered', 'Registered themselves')], default='roster', max_length=10, verbose_name='came in')),
                ('is_obliged', models.BooleanField(default=False, verbose_name='obliged to take part')),
                ('exempt_reason', models.CharField(blank=True, max_length=300, verbose_name='exempt because')),
                ('barred_at', models.DateTimeField(blank=True, null=True, verbose_name='barred at')),
                ('barred_reason', models.CharField(blank=True, max_length=300, verbose_name='barred because')),
                ('unit_confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed by the unit at')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='came in at')),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entrants', to='rounds.contest', verbose_name='contest')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit', verbose_name='unit')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entrants', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'entrant',
                'verbose_name_plural': 'entrants',
            },
        ),
        migrations.CreateModel(
            name='Office',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('organizer', 'Organizer'), ('unit_manager', 'Unit manager'), ('editor', 'Question editor'), ('judge', 'Judge'), ('observer', 'Observer')], max_length=14, verbose_name='role')),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offices', to='rounds.contest', verbose_name='contest')),
                ('unit', models.ForeignKey(blank=True, help_text='For a unit manager: this unit and all below it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit', verbose_name='unit')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offices', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'office',
                'verbose_name_plural': 'offices',
            },
        ),
        migrations.CreateModel(
            name='Quiz',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('papers', models.CharField(choices=[('drawn', 'Drawn for each attempt'), ('fixed', 'The same questions for everyone')], default='drawn', max_length=10, verbose_name='papers')),
                ('question_count', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='number of questions')),
                ('shuffle_questions', models.BooleanField(default=True, verbose_name='shuffle the questions')),
                ('shuffle_choices', models.BooleanField(default=True, verbose_name='shuffle the choices')),
                ('time_limit', models.DurationField(blank=True, default=datetime.timedelta(seconds=900), help_text='hh:mm:ss; empty means none.', null=True, verbose_name='time limit')),
                ('attempts_per_period', models.PositiveSmallIntegerField(blank=True, default=1, null=True, verbose_name='attempts a period')),
                ('attempts_per_day', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='attempts a day')),
                ('attempts_per_contest', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='attempts in the whole contest')),
                ('scoring', models.CharField(choices=[('all_or_nothing', 'All or nothing'), ('partial', 'Part of the points for part of the answer')], default='all_or_nothing', max_length=16, verbose_name='scoring')),
                ('points_per_question', models.DecimalField(decimal_places=2, default=1, max_digits=6, validators=[django.core.validators.MinValueValidator(0)], verbose_name='points a question')),
                ('prediction', models.CharField(choices=[('none', 'None'), ('people_all_correct', 'How many people answer everything correctly'), ('participants', 'How many people take part'), ('attempts', 'How many attempts there are'), ('percent_all_correct', 'Which percent of the people answers everything correctly')], default='none', max_length=24, verbose_name='prediction')),
                ('counting', models.CharField(choices=[('best', 'The best, and of equal ones the earliest'), ('last', 'The last'), ('first', 'The first')], default='best', max_length=6, verbose_name='which attempt counts')),
                ('ranking', models.CharField(choices=[('A', 'A: all correct, then nearest prediction, then earliest hand-in'), ('B', 'B: score, then time taken, then nearest prediction, then the organizers'), ('C', 'C: score, then time taken'), ('D', 'D: sum of the best scores of all periods, then sum of the times'), ('own', 'Own order of keys')], default='C', max_length=4, verbose_name='ranking')),
                ('ranking_keys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), blank=True, default=contest.rounds.models.default_keys, size=None, verbose_name='own ranking keys')),
                ('score_shown', models.CharField(choices=[('at_once', 'At once'), ('period_closed', 'When the period has closed'), ('results', 'With the results'), ('never', 'Never')], default='at_once', max_length=14, verbose_name='the score is shown')),
                ('board_shown', models.CharField(choices=[('at_once', 'At once'), ('period_closed', 'When the period has closed'), ('results', 'With the results'), ('never', 'Never')], default='results', max_length=14, verbose_name='the board is shown')),
                ('review_shown', models.CharField(choices=[('period_closed', 'When the period has closed'), ('results', 'With the results'), ('never', 'Never')], default='results', help_text='With the right answers and the explanations.', max_length=14, verbose_name='the review is shown')),
                ('bank', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.bank', verbose_name='bank')),
            ],
            options={
                'verbose_name': 'quiz settings',
                'verbose_name_plural': 'quiz settings',
            },
        ),
        migrations.CreateModel(
            name='PaperQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.question', verbose_name='question')),
                ('period', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='paper_questions', to='rounds.period', verbose_name='period')),
                ('quiz', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='paper_questions', to='rounds.quiz', verbose_name='quiz settings')),
            ],
            options={
                'verbose_name': 'question of a fixed paper',
                'verbose_name_plural': 'questions of a fixed paper',
                'ordering': ['order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(help_text='Rounds are numbered by it; a practice round has 0.', verbose_name='order')),
                ('kind', models.CharField(choices=[('quiz', 'Online quiz'), ('initiative', 'Models and initiatives'), ('essay', 'Essay'), ('live', 'Live round')], default='quiz', max_length=12, verbose_name='type')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('opens_at', models.DateTimeField(blank=True, null=True, verbose_name='opens at')),
                ('closes_at', models.DateTimeField(blank=True, help_text='The first moment at which it is closed.', null=True, verbose_name='closes at')),
                ('place', models.CharField(blank=True, max_length=200, verbose_name='place')),
                ('who', models.CharField(choices=[('everyone', 'Everyone in the contest'), ('roster', "People on the units' lists"), ('units', 'People of chosen units')], default='everyone', max_length=10, verbose_name='who may enter')),
                ('minimum_age', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='minimum age')),
                ('maximum_age', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='maximum age')),
                ('members_only', models.BooleanField(default=False, verbose_name='party members only')),
                ('is_practice', models.BooleanField(default=False, help_text='Any time, never ranked.', verbose_name='practice')),
                ('key_version', models.PositiveIntegerField(default=1, editable=False)),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rounds', to='rounds.contest', verbose_name='contest')),
                ('units', models.ManyToManyField(blank=True, help_text='With all units below them.', related_name='+', to='accounts.unit', verbose_name='chosen units')),
            ],
            options={
                'verbose_name': 'round',
                'verbose_name_plural': 'rounds',
                'ordering': ['contest', 'order'],
            },
        ),
        migrations.AddField(
            model_name='quiz',
            name='round',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='quiz', to='rounds.round', verbose_name='round'),
        ),
        migrations.AddField(
            model_name='period',
            name='round',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='periods', to='rounds.round', verbose_name='round'),
        ),
        migrations.CreateModel(
            name='KeyCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_version', models.PositiveIntegerField(editable=False, verbose_name='key version')),
                ('effect', models.CharField(choices=[('also', 'These choices count as right, too'), ('instead', 'These choices are right, the old ones are not'), ('void', 'The question is void: everyone gets the points')], max_length=8, verbose_name='effect')),
                ('choices', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='right choices')),
                ('reason', models.TextField(verbose_name='reason')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.questionversion', verbose_name='question')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='key_corrections', to='rounds.round', verbose_name='round')),
            ],
            options={
                'verbose_name': 'correction of the key',
                'verbose_name_plural': 'corrections of the key',
            },
        ),
        migrations.CreateModel(
            name='ExtraTime',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('extra', models.DurationField(help_text='hh:mm:ss', verbose_name='extra time')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('granted_at', models.DateTimeField(verbose_name='granted at')),
                ('entrant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extra_times', to='rounds.entrant', verbose_name='entrant')),
                ('granted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='granted by')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extra_times', to='rounds.round', verbose_name='round')),
            ],
            options={
                'verbose_name': 'extra time',
                'verbose_name_plural': 'extra times',
            },
        ),
        migrations.CreateModel(
            name='TopicQuota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('count', models.PositiveSmallIntegerField(verbose_name='number of questions')),
                ('quiz', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='quotas', to='rounds.quiz', verbose_name='quiz settings')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.topic', verbose_name='topic')),
            ],
            options={
                'verbose_name': 'quota',
                'verbose_name_plural': 'quotas',
                'ordering': ['topic'],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given_at', models.DateTimeField(verbose_name='given at')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn at')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('text', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='rounds.consenttext', verbose_name='consent text')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('user', 'text'), name='a_consent_stands_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='consenttext',
            constraint=models.UniqueConstraint(fields=('contest', 'kind', 'version'), name='one_text_a_consent_version'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('file', ''), ('url', ''), _connector='XOR'), name='document_file_or_link'),
        ),
        migrations.AddIndex(
            model_name='entrant',
            index=django.contrib.postgres.indexes.GinIndex(fields=['unit_path'], name='entrant_unit_path'),
        ),
        migrations.AddIndex(
            model_name='entrant',
            index=models.Index(fields=['contest', 'unit'], name='entrant_contest_unit'),
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.UniqueConstraint(fields=('contest', 'user'), name='one_entrant_a_person'),
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.CheckConstraint(condition=models.Q(('barred_at', None), models.Q(('barred_reason', ''), _negated=True), _connector='OR'), name='barred_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.CheckConstraint(condition=models.Q(('exempt_reason', ''), ('is_obliged', False), _connector='OR'), name='exempt_is_not_obliged'),
        ),
        migrations.AddConstraint(
            model_name='office',
            constraint=models.UniqueConstraint(fields=('contest', 'user', 'role', 'unit'), name='an_office_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='office',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role', 'unit_manager'), _negated=True), ('unit__isnull', False), _connector='OR'), name='a_unit_manager_has_a_unit'),
        ),
        migrations.AddConstraint(
            model_name='paperquestion',
            constraint=models.UniqueConstraint(fields=('quiz', 'period', 'question'), name='a_question_once_a_paper', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.UniqueConstraint(fields=('contest', 'order'), name='one_round_a_place'),
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.CheckConstraint(condition=models.Q(('closes_at', None), ('opens_at', None), ('opens_at__lt', models.F('closes_at')), _connector='OR'), name='round_opens_before_it_closes'),
        ),
        migrations.AddConstraint(
            model_name='quiz',
            constraint=models.CheckConstraint(condition=models.Q(('review_shown', 'at_once'), _negated=True), name='review_never_before_the_close'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.UniqueConstraint(fields=('round', 'number'), name='one_period_a_number'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('opens_at__lt', models.F('closes_at'))), name='period_opens_before_it_closes'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('results_at', None), ('results_at__gte', models.F('closes_at')), _connector='OR'), name='results_after_the_close'),
        ),
        migrations.AddConstraint(
            model_name='keycorrection',
            constraint=models.UniqueConstraint(fields=('round', 'key_version'), name='one_correction_a_key_version'),
        ),
        migrations.AddConstraint(
            model_name='extratime',
            constraint=models.UniqueConstraint(fields=('entrant', 'round'), name='one_extra_time_a_round'),
        ),
        migrations.AddConstraint(
            model_name='extratime',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='extra_time_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='topicquota',
            constraint=models.UniqueConstraint(fields=('quiz', 'topic'), name='one_quota_a_topic'),
        ),
    ]
