# syntax=docker/dockerfile:1
# An image with kg and git, for CI and for servers:
#   docker build -t kg . && docker run --rm -v "$PWD:/notes" --user "$(id -u):$(id -g)" kg build
# Dependencies are installed by the digests of the lock file; nothing is compiled, and no root runs in the result.
# Pagefind is left out: its 59 MB are an index for served sites of thousands of notes, and pages search without it.
# So are the stubs by which Jedi completes what is typed in IPython.
# Where Docker Hub is out of reach: --build-arg BASE=an image of Debian with python, python3-venv and certificates.
ARG BASE=python:3.12-slim
FROM ${BASE} AS build
COPY .ci/lock.txt .ci/lock-build.txt /src/.ci/
RUN python -m venv /opt/kg && python -m venv /opt/build \
    && /opt/kg/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r /src/.ci/lock.txt \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r /src/.ci/lock-build.txt
COPY pyproject.toml README.md LICENSE CHANGELOG.md /src/
COPY kg /src/kg
COPY ontology /src/ontology
COPY docs/rules /src/docs/rules
COPY docs/schema /src/docs/schema
RUN /opt/build/bin/python -m build --wheel --no-isolation --outdir /dist /src \
    && /opt/kg/bin/pip install --no-cache-dir --no-deps --no-index /dist/*.whl \
    && /opt/kg/bin/pip uninstall --yes pagefind pagefind-bin-extended pip \
    && find /opt/kg -type d \( -name tests -o -name __pycache__ -o -path '*/jedi/third_party' \) -prune -exec rm -rf {} +

FROM ${BASE}
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends git \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/* \
    && useradd --uid 10001 --create-home kg
COPY --from=build /opt/kg /opt/kg
ENV PATH=/opt/kg/bin:$PATH KG_CACHE=/tmp/kg
USER 10001
WORKDIR /notes
ENTRYPOINT ["kg"]
CMD ["--help"]
