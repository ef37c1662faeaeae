# trackexp with TensorFlow for the CPU. The legacy builder and BuildKit build it alike.
#
#   docker build -t trackexp .
#   docker run --env-file=.env --rm -it -v trackexp:/runs trackexp
#
# What changes rarely stands first: a change of code rebuilds only what follows the installation of the dependencies.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS system
# git, because a repository that is mounted has its commit and its changes recorded.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# The dependencies alone: as long as this list is the same, setup.cfg may change and nothing is installed again.
FROM system AS requirements
COPY setup.cfg /tmp/setup.cfg
RUN python -c "import configparser, platform; \
parser = configparser.ConfigParser(); \
parser.read('/tmp/setup.cfg', encoding='utf-8'); \
cpu = 'tensorflow-cpu' if platform.machine() == 'x86_64' else 'tensorflow'; \
print(parser['options']['install_requires']); \
print(parser['options.extras_require']['tensorflow'].replace('tensorflow', cpu))" > /requirements.txt

FROM system AS wheel
RUN pip install --quiet setuptools wheel
COPY setup.cfg pyproject.toml README.md LICENSE /source/
COPY docs /source/docs
COPY trackexp /source/trackexp
RUN pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels /source

# The only stage that sees .git. It leaves a stamp, so that runs of the image know their commit and what differed from
# it; where there is no .git, as in an archive of the sources, the image is built without one.
FROM system AS stamp
COPY . /source
RUN mkdir /stamp \
 && cd /source \
 && { python -B -m trackexp.tracking.code.stamp /source /stamp/.trackexp-stamp.json \
   || echo "No stamp: give runs their commit with --build-arg WANDB_GIT_COMMIT=\$(git rev-parse HEAD), or do without."; }

FROM system
COPY --from=requirements /requirements.txt /opt/requirements.txt
RUN pip install --quiet --requirement /opt/requirements.txt
# Anybody may write to /runs, so that `docker run --user` works; a new volume takes that over from here.
RUN useradd --create-home --uid 1000 trackexp \
 && mkdir /runs /workspace \
 && chmod 1777 /runs /workspace
COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
# A checkout on Windows may have brought CRLF, which makes "not found" of an entrypoint that is there.
RUN sed -i 's/\r$//' /usr/local/bin/docker-entrypoint.sh \
 && chmod 755 /usr/local/bin/docker-entrypoint.sh

# Everything that must outlive a container lies on the volume, and an offline run's files stay where its record says.
ENV WANDB_DIR=/runs \
    WANDB_DATA_DIR=/runs/data \
    WANDB_CACHE_DIR=/runs/cache \
    WANDB_CONFIG_DIR=/runs/config \
    WANDB_ARTIFACT_DIR=/runs/artifacts \
    KERAS_BACKEND=tensorflow \
    TF_CPP_MIN_LOG_LEVEL=3 \
    PYTHONUNBUFFERED=1
VOLUME /runs
WORKDIR /workspace
ENTRYPOINT ["sh", "/usr/local/bin/docker-entrypoint.sh"]
# Three trainings on handwritten digits: online with a key, on the volume without one.
CMD ["python", "-m", "trackexp.cli.digits"]

# The code comes last.
COPY --from=wheel /wheels /wheels
RUN pip install --quiet --no-deps /wheels/*.whl
COPY --from=stamp /stamp /workspace
ARG WANDB_GIT_COMMIT=
ARG WANDB_GIT_REMOTE_URL=
ENV WANDB_GIT_COMMIT=${WANDB_GIT_COMMIT} WANDB_GIT_REMOTE_URL=${WANDB_GIT_REMOTE_URL}
USER trackexp
