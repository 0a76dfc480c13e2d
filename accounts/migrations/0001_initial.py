import accounts.models
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name='SignInGuard',
            fields=[
                ('subject', models.BinaryField(primary_key=True, serialize=False)),
                ('misses', models.PositiveIntegerField(default=0)),
                ('last_miss_at', models.DateTimeField()),
                ('blocked_until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='WrongCodes',
            fields=[
                ('minute', models.DateTimeField(primary_key=True, serialize=False, verbose_name='minute')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='wrong codes')),
                ('is_alarmed', models.BooleanField(default=False, verbose_name='alarm raised')),
            ],
            options={
                'verbose_name': 'wrong codes',
                'verbose_name_plural': 'wrong codes',
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('kind', models.CharField(choices=[('committee', 'Party committee (đảng bộ)'), ('cell', 'Party cell (chi bộ)'), ('commune', 'Commune or town'), ('agency', 'Agency'), ('school', 'School'), ('enterprise', 'Enterprise'), ('association', 'Association'), ('other', 'Other')], default='committee', max_length=20, verbose_name='type')),
                ('code', models.CharField(blank=True, max_length=40, null=True, unique=True, verbose_name='code')),
                ('block', models.CharField(blank=True, help_text='Units are compared within their block.', max_length=80, verbose_name='block')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, help_text='The first day on which it no longer exists.', null=True, verbose_name='valid until')),
                ('sort_key', models.BinaryField(default=b'')),
                ('search', models.CharField(default='', editable=False, max_length=260)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='accounts.unit', verbose_name='parent')),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='accounts.unit', verbose_name='successor')),
            ],
            options={
                'verbose_name': 'unit',
                'verbose_name_plural': 'units',
                'ordering': ['sort_key', 'id'],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('full_name', models.CharField(max_length=120, verbose_name='full name')),
                ('sort_name', models.CharField(blank=True, help_text='Given name, family name, middle name. Leave empty to take it from the full name.', max_length=120, verbose_name='sort name')),
                ('birth_date', models.DateField(blank=True, null=True, verbose_name='birth date')),
                ('birth_year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='birth year')),
                ('phone', models.CharField(blank=True, db_index=True, max_length=10, verbose_name='phone')),
                ('citizen_number_encrypted', models.BinaryField(null=True)),
                ('citizen_number_hash', models.BinaryField(null=True, unique=True)),
                ('party_card', models.CharField(blank=True, max_length=32, null=True, unique=True, verbose_name='party card')),
                ('is_party_member', models.BooleanField(default=False, verbose_name='party member')),
                ('email', models.EmailField(blank=True, max_length=254, null=True, unique=True, verbose_name='e-mail')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_staff', models.BooleanField(default=False, verbose_name='may open the admin')),
                ('is_synthetic', models.BooleanField(default=False, verbose_name='made up for a rehearsal')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('signed_in_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='first signed in at')),
                ('merged_into', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='doubles', to=settings.AUTH_USER_MODEL)),
                ('session_stamp', models.CharField(default=accounts.models.new_stamp, editable=False, max_length=16)),
                ('ended_sessions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, editable=False, size=None)),
                ('name_key', models.BinaryField(default=b'')),
                ('search', models.CharField(default='', editable=False, max_length=300)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='people', to='accounts.unit', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
            },
        ),
        migrations.CreateModel(
            name='Slip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.BinaryField(unique=True)),
                ('code_hash', models.BinaryField()),
                ('issued_at', models.DateTimeField(verbose_name='issued at')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='issued by')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slips', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'slip',
                'verbose_name_plural': 'slips',
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('user',), name='one_valid_slip_a_person')],
            },
        ),
        migrations.AddIndex(
            model_name='unit',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('search', name='gin_trgm_ops'), name='unit_search'),
        ),
        migrations.AddConstraint(
            model_name='unit',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_from', None), ('valid_from__lt', models.F('valid_until')), _connector='OR'), name='unit_valid_span'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('search', name='gin_trgm_ops'), name='user_search'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['name_key', 'id'], name='user_name_order'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(models.Func(django.db.models.functions.text.Upper('party_card'), models.Value('[\\s./-]'), models.Value(''), models.Value('g'), function='regexp_replace', output_field=models.CharField()), name='user_party_card_bare'),
        ),
    ]
