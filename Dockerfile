# ---- Builds a virtual environment with the gateway in it. Nothing of this stage but that folder is shipped.
FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

# Without pip in it: what runs needs no installer.
RUN python -m venv --without-pip /opt/gateway

WORKDIR /src
# The dependencies first, and apart: they change seldom, so this layer is built seldom.
COPY requirements.lock ./
RUN pip --python /opt/gateway/bin/python install --require-hashes --only-binary :all: -r requirements.lock

COPY . ./
# Fetches GraphiQL's pinned files too; there is no npm here, so the build brings its own and leaves it behind.
RUN pip --python /opt/gateway/bin/python install --no-deps .

# ---- What runs.
FROM python:3.13-slim

LABEL org.opencontainers.image.title="mailbox-gateway" \
      org.opencontainers.image.description="One GraphQL endpoint over every mailbox vendor" \
      org.opencontainers.image.licenses="MIT"

ENV PATH=/opt/gateway/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# The numbers stand below again, as Kubernetes' runAsNonRoot can only check numbers.
# The base image's pip goes: nothing is installed into a running gateway.
RUN groupadd --gid 10001 gateway \
    && useradd --uid 10001 --gid gateway --no-create-home --home-dir /var/lib/gateway --shell /usr/sbin/nologin gateway \
    && install -d -o gateway -g gateway -m 0700 /var/lib/gateway \
    && python -m pip uninstall --yes --root-user-action ignore pip

COPY --from=build /opt/gateway /opt/gateway

USER 10001:10001
# `[server] state_dir` is relative to this folder: operations, idempotency records and renewed tokens outlive the container here.
WORKDIR /var/lib/gateway
VOLUME ["/var/lib/gateway"]
EXPOSE 8000

# By Python itself: the image holds no curl. A container that is told another port sets GATEWAY_HEALTH_URL.
ENV GATEWAY_HEALTH_URL=http://127.0.0.1:8000/healthz
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(os.environ['GATEWAY_HEALTH_URL'], timeout=4).close()"]

ENTRYPOINT ["gateway"]
CMD ["serve", "--config", "/etc/gateway/gateway.toml", "--host", "0.0.0.0", "--port", "8000"]
