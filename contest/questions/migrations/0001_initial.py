import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Bank',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('revision', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'verbose_name': 'bank',
                'verbose_name_plural': 'banks',
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_retired', models.BooleanField(default=False, help_text='A retired question is never drawn again.', verbose_name='retired')),
                ('search', models.TextField(default='', editable=False)),
                ('bank', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='questions.bank', verbose_name='bank')),
            ],
            options={
                'verbose_name': 'question',
                'verbose_name_plural': 'questions',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='QuestionVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('text', models.TextField(verbose_name='question text')),
                ('explanation', models.TextField(blank=True, help_text='Shown with the review, once the results are out.', verbose_name='explanation')),
                ('source', models.TextField(blank=True, help_text='Document, article and clause, or an address.', verbose_name='source')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('reviewed_at', models.DateTimeField(editable=False, null=True, verbose_name='reviewed at')),
                ('review_note', models.TextField(blank=True, editable=False, verbose_name='note of the review')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='questions.question', verbose_name='question')),
                ('reviewed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
            ],
            options={
                'verbose_name': 'question version',
                'verbose_name_plural': 'question versions',
                'ordering': ['question', '-number'],
            },
        ),
        migrations.AddField(
            model_name='question',
            name='approved',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.questionversion', verbose_name='approved version'),
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('text', models.TextField(verbose_name='choice text')),
                ('is_right', models.BooleanField(default=False, verbose_name='right')),
                ('is_last', models.BooleanField(default=False, help_text='Never shuffled away from the end, as “All of the above” must be.', verbose_name='keep last')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='questions.questionversion', verbose_name='question version')),
            ],
            options={
                'verbose_name': 'choice',
                'verbose_name_plural': 'choices',
                'ordering': ['version', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('bank', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='topics', to='questions.bank', verbose_name='bank')),
            ],
            options={
                'verbose_name': 'topic',
                'verbose_name_plural': 'topics',
                'ordering': ['bank', 'order', 'id'],
            },
        ),
        migrations.AddField(
            model_name='question',
            name='topic',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='questions.topic', verbose_name='topic'),
        ),
        migrations.CreateModel(
            name='BankLock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(max_length=300)),
                ('bank', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='locks', to='questions.bank')),
            ],
            options={
                'indexes': [models.Index(fields=['bank', 'starts_at'], name='bank_lock_span')],
            },
        ),
        migrations.CreateModel(
            name='BankMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('editor', 'Editor'), ('reviewer', 'Reviewer'), ('reader', 'Reader')], default='editor', max_length=10, verbose_name='role')),
                ('bank', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='questions.bank', verbose_name='bank')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bank_roles', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'bank member',
                'verbose_name_plural': 'bank members',
                'constraints': [models.UniqueConstraint(fields=('bank', 'user'), name='one_role_a_bank_member')],
            },
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.UniqueConstraint(fields=('question', 'number'), name='one_version_number_a_question'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(('reviewed_by', None), ('created_by', None), models.Q(('reviewed_by', models.F('created_by')), _negated=True), _connector='OR'), name='reviewed_by_a_second_person'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(('review_note', ''), ('reviewed_at__isnull', False), _connector='OR'), name='a_note_comes_from_a_review'),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.UniqueConstraint(fields=('version', 'position'), name='one_choice_a_position'),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 1), ('position__lte', 5)), name='two_to_five_choices'),
        ),
        migrations.AddConstraint(
            model_name='topic',
            constraint=models.UniqueConstraint(fields=('bank', 'name'), name='one_topic_name_a_bank'),
        ),
        migrations.AddIndex(
            model_name='question',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('search', name='gin_trgm_ops'), name='question_search'),
        ),
    ]
