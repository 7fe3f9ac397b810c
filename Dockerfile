# Layerscope with the versions of requirements.lock; see docs/operations.md.
FROM python:3.11-slim

ARG PIP_ARGS=""
WORKDIR /app
COPY requirements.txt requirements.lock ./
RUN pip install --no-cache-dir $PIP_ARGS -r requirements.txt -c requirements.lock \
    && useradd --create-home --uid 10001 layerscope \
    && install -d -o layerscope /data

COPY app.py .
COPY assets assets
COPY dashboard dashboard
COPY model_backend model_backend

USER layerscope
ENV HF_HOME=/data/hub CACHE_URL=/data/results STUDIES=/data/studies PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8050
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8050/health', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "app.py", "--host", "0.0.0.0"]
