import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('entries', '0001_initial'),
        ('judging', '0001_initial'),
        ('rounds', '0002_revision'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(verbose_name='version')),
                ('status', models.CharField(choices=[('provisional', 'Provisional'), ('checked', 'Checked'), ('published', 'Published'), ('replaced', 'Replaced by a later version')], default='provisional', max_length=12, verbose_name='status')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('rules', models.JSONField(default=dict)),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('note', models.TextField(blank=True, verbose_name='why there is a new version')),
                ('decision', models.CharField(blank=True, max_length=200, verbose_name='decision')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='checked at')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published at')),
                ('checked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked by')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                ('period', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='rounds.period', verbose_name='period')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='rounds.round', verbose_name='round')),
                ('stage', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='judging.stage', verbose_name='stage')),
            ],
            options={
                'verbose_name': 'result',
                'verbose_name_plural': 'results',
                'ordering': ['-made_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Line',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.CharField(max_length=120, verbose_name='ranked among')),
                ('ordinal', models.PositiveIntegerField()),
                ('place', models.PositiveIntegerField(blank=True, null=True, verbose_name='place')),
                ('code', models.CharField(blank=True, max_length=32, verbose_name='code')),
                ('title', models.CharField(max_length=250, verbose_name='title')),
                ('people', models.TextField(blank=True, verbose_name='authors')),
                ('unit', models.CharField(blank=True, max_length=250, verbose_name='unit')),
                ('score', models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True, verbose_name='score')),
                ('details', models.JSONField(default=dict)),
                ('goes_on', models.BooleanField(default=False, verbose_name='goes on')),
                ('is_excluded', models.BooleanField(default=False, verbose_name='excluded')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='excluded because')),
                ('prize', models.CharField(blank=True, max_length=120, verbose_name='prize')),
                ('entrant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.entrant')),
                ('entry', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='entries.entry')),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='results.snapshot', verbose_name='result')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
                'ordering': ['snapshot_id', 'ordinal'],
            },
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.UniqueConstraint(fields=('round', 'stage', 'period', 'version'), name='a_version_of_a_result_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'published')), fields=('round', 'stage', 'period'), name='one_published_version', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['provisional', 'checked']), models.Q(('checked_at__isnull', False), ('checked_by__isnull', False), ('published_at__isnull', False)), _connector='OR'), name='published_after_the_check'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.UniqueConstraint(fields=('snapshot', 'ordinal'), name='an_ordinal_once_a_result'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.CheckConstraint(condition=models.Q(('is_excluded', False), models.Q(('reason', ''), _negated=True), _connector='OR'), name='excluded_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.CheckConstraint(condition=models.Q(('is_excluded', False), ('place', None), _connector='OR'), name='excluded_without_a_place'),
        ),
    ]
