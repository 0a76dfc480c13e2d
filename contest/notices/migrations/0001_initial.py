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
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=500, verbose_name='text')),
                ('values', models.JSONField(blank=True, default=dict)),
                ('path', models.CharField(blank=True, max_length=300, verbose_name='leads to')),
                ('key', models.CharField(max_length=120)),
                ('told_at', models.DateTimeField(verbose_name='told at')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read at')),
                ('mail', models.CharField(choices=[('none', 'No e-mail address'), ('waiting', 'Waits'), ('sent', 'Sent'), ('failed', 'Failed')], default='none', max_length=8, verbose_name='e-mail')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('next_try_at', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'notice',
                'verbose_name_plural': 'notices',
                'indexes': [models.Index(condition=models.Q(('mail', 'waiting')), fields=['next_try_at'], name='notice_to_send'), models.Index(condition=models.Q(('read_at', None)), fields=['user'], name='notice_unread')],
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='told_once'), models.CheckConstraint(condition=models.Q(('mail', 'sent'), ('sent_at', None), _connector='XOR'), name='sent_with_its_moment')],
            },
        ),
    ]
