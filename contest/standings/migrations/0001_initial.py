import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('attempts', '0001_initial'),
        ('rounds', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Board',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('build', models.PositiveIntegerField(default=0)),
                ('built_at', models.DateTimeField(null=True, verbose_name='built at')),
                ('source', models.CharField(blank=True, max_length=64)),
                ('periods', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('is_public', models.BooleanField(default=False, verbose_name='public')),
                ('actual', models.DecimalField(decimal_places=5, max_digits=20, null=True, verbose_name='actual value of the prediction')),
                ('people', models.PositiveIntegerField(default=0, verbose_name='people')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('all_correct', models.PositiveIntegerField(default=0, verbose_name='people with everything correct')),
                ('ranked', models.PositiveIntegerField(default=0, verbose_name='ranked people')),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='boards', to='rounds.contest', verbose_name='contest')),
                ('period', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='boards', to='rounds.period', verbose_name='period')),
                ('round', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='boards', to='rounds.round', verbose_name='round')),
                ('top', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.unit')),
            ],
            options={
                'verbose_name': 'board',
                'verbose_name_plural': 'boards',
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(help_text='1 stands before 2.', verbose_name='order')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('entrant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.entrant', verbose_name='entrant')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='rounds.period', verbose_name='period')),
            ],
            options={
                'verbose_name': 'decision',
                'verbose_name_plural': 'decisions',
            },
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('pk', models.CompositePrimaryKey('board_id', 'build', 'ordinal', blank=True, editable=False, primary_key=True, serialize=False)),
                ('build', models.PositiveIntegerField()),
                ('ordinal', models.PositiveIntegerField()),
                ('place', models.PositiveIntegerField(verbose_name='place')),
                ('points', models.IntegerField(verbose_name='points (hundredths)')),
                ('right', models.PositiveIntegerField(verbose_name='right answers')),
                ('is_all_correct', models.BooleanField(verbose_name='all correct')),
                ('duration_ms', models.BigIntegerField(verbose_name='time taken (ms)')),
                ('prediction', models.DecimalField(decimal_places=5, max_digits=20, null=True, verbose_name='prediction')),
                ('distance', models.DecimalField(decimal_places=5, max_digits=20, null=True, verbose_name='difference')),
                ('attempt', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='attempts.attempt')),
                ('board', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='standings', to='standings.board')),
                ('entrant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rounds.entrant')),
                ('unit', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.unit')),
            ],
            options={
                'verbose_name': 'standing',
                'verbose_name_plural': 'standings',
            },
        ),
        migrations.CreateModel(
            name='UnitStanding',
            fields=[
                ('pk', models.CompositePrimaryKey('board_id', 'build', 'unit_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('build', models.PositiveIntegerField()),
                ('ordinal', models.PositiveIntegerField()),
                ('place', models.PositiveIntegerField(verbose_name='place')),
                ('people', models.PositiveIntegerField(verbose_name='people')),
                ('attempts', models.PositiveIntegerField(verbose_name='attempts')),
                ('obliged', models.PositiveIntegerField(verbose_name='obliged')),
                ('completed', models.PositiveIntegerField(verbose_name='obliged who completed')),
                ('completion', models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name='completion (%)')),
                ('mean', models.DecimalField(decimal_places=2, max_digits=8, null=True, verbose_name='mean points')),
                ('is_qualified', models.BooleanField(default=False, verbose_name='reaches the threshold')),
                ('lines', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), default=list, size=None)),
                ('board', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='unit_standings', to='standings.board')),
                ('parent', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.unit')),
                ('unit', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.unit')),
            ],
            options={
                'verbose_name': 'unit standing',
                'verbose_name_plural': 'unit standings',
            },
        ),
        migrations.AddConstraint(
            model_name='board',
            constraint=models.UniqueConstraint(fields=('contest', 'round', 'period'), name='one_board_a_scope', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='board',
            constraint=models.CheckConstraint(condition=models.Q(('period', None), ('round__isnull', False), _connector='OR'), name='a_period_board_names_its_round'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(fields=('period', 'entrant'), name='one_decision_a_person'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='a_decision_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.UniqueConstraint(fields=('entrant', 'board', 'build'), name='one_line_a_person'),
        ),
        migrations.AddConstraint(
            model_name='unitstanding',
            constraint=models.UniqueConstraint(fields=('parent', 'board', 'build', 'ordinal'), name='one_unit_an_ordinal', nulls_distinct=False),
        ),
    ]
