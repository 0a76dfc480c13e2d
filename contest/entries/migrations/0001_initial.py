import contest.entries.models
import contest.foundations.secrets
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
        ('rounds', '0002_revision'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='File',
            fields=[
                ('id', models.BigIntegerField(default=contest.foundations.secrets.random_id, editable=False, primary_key=True, serialize=False)),
                ('slot', models.CharField(choices=[('document', 'Document'), ('image', 'Picture')], max_length=8, verbose_name='for')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('size', models.PositiveBigIntegerField(verbose_name='size')),
                ('modified', models.BigIntegerField(editable=False, null=True)),
                ('received', models.PositiveBigIntegerField(default=0)),
                ('state', models.CharField(choices=[('coming', 'Arriving'), ('arrived', 'Being examined'), ('good', 'Examined'), ('refused', 'Refused')], default='coming', max_length=8, verbose_name='state')),
                ('refusal', models.CharField(blank=True, max_length=300)),
                ('refusal_values', models.JSONField(blank=True, default=dict)),
                ('content_type', models.CharField(blank=True, max_length=100, verbose_name='type')),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('stored', models.FileField(blank=True, upload_to='entries/')),
                ('stored_size', models.PositiveBigIntegerField(default=0)),
                ('blind', models.FileField(blank=True, upload_to='entries/')),
                ('pages', models.PositiveSmallIntegerField(default=0)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('next_look_at', models.DateTimeField(editable=False, null=True)),
                ('begun_at', models.DateTimeField(verbose_name='begun at')),
                ('arrived_at', models.DateTimeField(blank=True, null=True, verbose_name='arrived at')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='taken away at')),
            ],
            options={
                'verbose_name': 'file',
                'verbose_name_plural': 'files',
                'ordering': ['entry', 'begun_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('intro', models.TextField(blank=True, help_text='Markdown.', verbose_name='what is asked for')),
                ('forms', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('individual', 'Individual'), ('group', 'Group'), ('collective', 'Collective'), ('team', 'Team')], max_length=12), default=contest.entries.models.every_form, size=None, verbose_name='who hands in')),
                ('most_authors', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(2), django.core.validators.MaxValueValidator(50)], verbose_name='authors of a group at most')),
                ('registration_closes_at', models.DateTimeField(blank=True, help_text='Empty: whoever hands in need not have registered before.', null=True, verbose_name='registration closes at')),
                ('most_entries', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='entries a person at most')),
                ('needs_confirmation', models.BooleanField(default=False, help_text='A manager of the unit confirms each entry.', verbose_name='the unit confirms')),
                ('undertaking', models.TextField(blank=True, help_text='What whoever hands in declares, such as that nothing is copied.', verbose_name='undertaking')),
                ('most_documents', models.PositiveSmallIntegerField(default=5, verbose_name='documents at most')),
                ('document_mb', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(50)], verbose_name='megabytes a document')),
                ('most_images', models.PositiveSmallIntegerField(default=10, verbose_name='pictures at most')),
                ('image_mb', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)], verbose_name='megabytes a picture')),
                ('most_links', models.PositiveSmallIntegerField(default=5, verbose_name='links at most')),
                ('asks_to_show', models.BooleanField(default=True, help_text='In the showcase, after the results.', verbose_name='ask whether the entry may be shown')),
                ('round', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='call', to='rounds.round', verbose_name='round')),
            ],
            options={
                'verbose_name': 'call for entries',
                'verbose_name_plural': 'calls for entries',
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='categories', to='entries.call', verbose_name='call')),
            ],
            options={
                'verbose_name': 'category',
                'verbose_name_plural': 'categories',
                'ordering': ['call', 'order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigIntegerField(default=contest.foundations.secrets.random_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('code', models.CharField(max_length=12, verbose_name='code')),
                ('form', models.CharField(choices=[('individual', 'Individual'), ('group', 'Group'), ('collective', 'Collective'), ('team', 'Team')], max_length=12, verbose_name='handed in as')),
                ('title', models.CharField(blank=True, max_length=250, verbose_name='title')),
                ('unit_path', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None)),
                ('answers', models.JSONField(blank=True, default=dict, verbose_name='content')),
                ('links', models.JSONField(blank=True, default=list, verbose_name='links')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Handed in'), ('needs_more', 'Needs more'), ('valid', 'Valid'), ('invalid', 'Invalid'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10, verbose_name='status')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('version', models.PositiveSmallIntegerField(default=0, verbose_name='version')),
                ('registered_at', models.DateTimeField(verbose_name='registered at')),
                ('submitted_at', models.DateTimeField(blank=True, null=True, verbose_name='handed in at')),
                ('needs_more_until', models.DateTimeField(blank=True, null=True, verbose_name='to be completed by')),
                ('intake_note', models.TextField(blank=True, verbose_name='what the secretariat said')),
                ('undertaken_at', models.DateTimeField(blank=True, null=True, verbose_name='undertaking given at')),
                ('may_show', models.BooleanField(default=False, verbose_name='may be shown')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed for the unit at')),
                ('is_on_paper', models.BooleanField(default=False, verbose_name='came on paper')),
                ('search', models.TextField(blank=True, editable=False)),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='entries.category', verbose_name='category')),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='confirmed_entries', to=settings.AUTH_USER_MODEL, verbose_name='confirmed for the unit by')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='begun_entries', to=settings.AUTH_USER_MODEL, verbose_name='begun by')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='rounds.round', verbose_name='round')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'entry',
                'verbose_name_plural': 'entries',
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('what', models.CharField(choices=[('registered', 'Registered'), ('submitted', 'Handed in'), ('needs_more', 'More is needed'), ('valid', 'Found valid'), ('invalid', 'Found invalid'), ('withdrawn', 'Withdrawn'), ('confirmed', 'Confirmed for the unit'), ('author_confirmed', 'An author confirmed'), ('author_declined', 'An author declined'), ('reopened', 'Opened again')], max_length=16, verbose_name='what')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='entries.entry', verbose_name='entry')),
            ],
            options={
                'verbose_name': 'step',
                'verbose_name_plural': 'steps',
                'ordering': ['entry', 'id'],
            },
        ),
        migrations.CreateModel(
            name='FileText',
            fields=[
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='words', serialize=False, to='entries.file')),
                ('text', models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name='file',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='entries.entry', verbose_name='entry'),
        ),
        migrations.AddField(
            model_name='file',
            name='uploaded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='Kind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('letters', models.CharField(max_length=4, validators=[django.core.validators.RegexValidator('^[A-Z]{1,4}$', 'One to four capital letters A to Z.')], verbose_name='letters')),
                ('last_number', models.PositiveIntegerField(default=0, editable=False)),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='kinds', to='entries.call', verbose_name='call')),
            ],
            options={
                'verbose_name': 'kind of entry',
                'verbose_name_plural': 'kinds of entries',
                'ordering': ['call', 'order', 'id'],
            },
        ),
        migrations.AddField(
            model_name='entry',
            name='kind',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='entries.kind', verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='Likeness',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('share', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='in common (%)')),
                ('found_at', models.DateTimeField(verbose_name='found at')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='looked at')),
                ('verdict', models.CharField(blank=True, max_length=300, verbose_name='what people found')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='likenesses', to='entries.entry', verbose_name='entry')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='entries.entry', verbose_name='other entry')),
                ('seen_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'likeness',
                'verbose_name_plural': 'likenesses',
                'ordering': ['-share'],
            },
        ),
        migrations.CreateModel(
            name='Section',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('hint', models.CharField(blank=True, max_length=300, verbose_name='hint')),
                ('type', models.CharField(choices=[('text', 'Long text'), ('line', 'One line'), ('date', 'Date'), ('choice', 'Choice'), ('figures', 'Figures before and after')], default='text', max_length=8, verbose_name='type')),
                ('choices', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None, verbose_name='choices')),
                ('least', models.PositiveIntegerField(default=0, verbose_name='characters at least')),
                ('most', models.PositiveIntegerField(default=6000, validators=[django.core.validators.MaxValueValidator(20000)], verbose_name='characters at most')),
                ('is_required', models.BooleanField(default=True, verbose_name='required')),
                ('is_secret', models.BooleanField(default=False, help_text='Such as a part that names the unit.', verbose_name='hidden from judges in a blind stage')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='entries.call', verbose_name='call')),
            ],
            options={
                'verbose_name': 'section of the form',
                'verbose_name_plural': 'sections of the form',
                'ordering': ['call', 'order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Version',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('handed_in_at', models.DateTimeField(verbose_name='handed in at')),
                ('content', models.JSONField()),
                ('receipt', models.CharField(max_length=32, verbose_name='receipt')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='entries.entry', verbose_name='entry')),
                ('handed_in_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'version',
                'verbose_name_plural': 'versions',
                'ordering': ['entry', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Shingles',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='shingles', serialize=False, to='entries.entry')),
                ('version', models.PositiveSmallIntegerField()),
                ('hashes', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['hashes'], name='shingles_hashes')],
            },
        ),
        migrations.CreateModel(
            name='Author',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('full_name', models.CharField(max_length=120, verbose_name='full name')),
                ('role', models.CharField(blank=True, max_length=120, verbose_name='position')),
                ('share', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='contribution (%)')),
                ('is_lead', models.BooleanField(default=False, verbose_name='lead author')),
                ('unit_path', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at')),
                ('declined_at', models.DateTimeField(blank=True, null=True, verbose_name='declined at')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit', verbose_name='unit')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='authorships', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='authors', to='entries.entry', verbose_name='entry')),
            ],
            options={
                'verbose_name': 'author',
                'verbose_name_plural': 'authors',
                'ordering': ['entry', 'order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('entry', 'user'), name='an_author_once_an_entry'), models.UniqueConstraint(condition=models.Q(('is_lead', True)), fields=('entry',), name='one_lead_author'), models.CheckConstraint(condition=models.Q(('share', None), ('share__lte', 100), _connector='OR'), name='a_share_is_a_percentage'), models.CheckConstraint(condition=models.Q(('confirmed_at', None), ('declined_at', None), _connector='OR'), name='confirmed_or_declined')],
            },
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(condition=models.Q(('state', 'arrived')), fields=['arrived_at'], name='file_to_examine'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(('received__lte', models.F('size'))), name='no_more_than_was_announced'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'good'), _negated=True), models.Q(models.Q(('stored', ''), _negated=True), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='a_good_file_is_stored'),
        ),
        migrations.AddConstraint(
            model_name='kind',
            constraint=models.UniqueConstraint(fields=('call', 'letters'), name='letters_once_a_call'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['round', 'status'], name='entry_round_status'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=django.contrib.postgres.indexes.GinIndex(fields=['unit_path'], name='entry_unit_path'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('kind', 'number'), name='an_entry_number_once'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('round', 'code'), name='an_entry_code_once'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'withdrawn']), models.Q(('submitted_at__isnull', False), ('version__gt', 0)), _connector='OR'), name='handed_in_with_its_moment'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'needs_more'), _negated=True), models.Q(('needs_more_until__isnull', False), models.Q(('intake_note', ''), _negated=True)), _connector='OR'), name='needs_more_until_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'invalid'), _negated=True), models.Q(('intake_note', ''), _negated=True), _connector='OR'), name='invalid_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), ('confirmed_at__isnull', False), _connector='OR'), name='confirmed_with_its_moment'),
        ),
        migrations.AddConstraint(
            model_name='likeness',
            constraint=models.UniqueConstraint(fields=('entry', 'other'), name='a_likeness_once'),
        ),
        migrations.AddConstraint(
            model_name='likeness',
            constraint=models.CheckConstraint(condition=models.Q(('entry', models.F('other')), _negated=True), name='not_like_itself'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.CheckConstraint(condition=models.Q(('least__lte', models.F('most'))), name='least_is_not_above_most'),
        ),
        migrations.AddConstraint(
            model_name='version',
            constraint=models.UniqueConstraint(fields=('entry', 'number'), name='a_version_once'),
        ),
    ]
