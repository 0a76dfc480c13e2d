# syntax=docker/dockerfile:1

# What is needed to build stays in this stage.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements/production.txt /tmp/
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/production.txt \
    && /venv/bin/pip uninstall --yes pip
COPY . /app
WORKDIR /app
# The settings want their secrets named even where none is used; these stay in this line.
RUN SECRET_KEY=build CODE_KEY=build FIELD_KEYS= DATABASE_URL=postgres:// REDIS_URL=redis:// STATIC_ROOT=/srv/static \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /venv/bin/python -m compileall -q /app

FROM python:3.13-slim
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin contest \
    && install --directory --owner contest --group contest /srv/media
COPY --from=build /venv /venv
COPY --from=build /srv/static /srv/static
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=contest.settings STATIC_ROOT=/srv/static MEDIA_ROOT=/srv/media
USER contest
EXPOSE 8000
# Backpressure counts connections, not requests: those that nginx keeps open among them.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--http", "1", "--no-ws", \
     "--workers", "2", "--blocking-threads", "4", "--blocking-threads-idle-timeout", "600", "--backlog", "4096", \
     "--backpressure", "4096", \
     "--respawn-failed-workers", "--workers-kill-timeout", "20", "--log-level", "warning", "contest.wsgi:application"]
