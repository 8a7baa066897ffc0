# syntax=docker/dockerfile:1
# Two images: `--target tap` has the tap and the webhook receiver, `--target load`
# (the default) has target-postgres besides, and loads on a schedule.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /source
COPY pyproject.toml setup.py README.md LICENSE ./
COPY schemas schemas
COPY tap_moco tap_moco
# The base's own pip installs, so that neither image has one more. Modules are compiled
# here, since a container that may not write would do it at each start.
RUN python -m venv --without-pip /opt/tap \
    && pip --python /opt/tap/bin/python install --no-cache-dir '/source[webhooks]'

FROM build AS build-load
RUN python -m venv --without-pip /opt/target \
    && pip --python /opt/target/bin/python install --no-cache-dir \
    meltanolabs-target-postgres==0.8.1

FROM python:${PYTHON}-slim AS tap
# Nothing is written but to /data and /tmp, so that the file system can be read-only.
ENV PATH=/opt/tap/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin moco \
    && install --directory --owner=moco --mode=0700 /data
COPY --from=build /opt/tap /opt/tap
USER 10001
WORKDIR /data
VOLUME /data
ENTRYPOINT ["tap-moco"]

FROM tap AS load
COPY --from=build-load /opt/target/ /opt/target/
COPY container/load.sh /usr/local/bin/load
ENTRYPOINT ["load"]
