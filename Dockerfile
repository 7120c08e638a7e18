# syntax=docker/dockerfile:1
# An image with kg and git, for CI and for servers:
#   docker build -t kg . && docker run --rm -v "$PWD:/notes" --user "$(id -u):$(id -g)" kg build
# Dependencies are installed by the digests of the lock file; nothing is compiled, and no root runs in the result.
FROM python:3.12-slim AS build
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
    && /opt/kg/bin/pip uninstall --yes pip \
    && find /opt/kg -type d \( -name tests -o -name __pycache__ \) -prune -exec rm -rf {} +

FROM python:3.12-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home kg
COPY --from=build /opt/kg /opt/kg
ENV PATH=/opt/kg/bin:$PATH KG_CACHE=/tmp/kg
USER 10001
WORKDIR /notes
ENTRYPOINT ["kg"]
CMD ["--help"]
