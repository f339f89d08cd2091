# Shared by demo and test: makes .venv if it is absent and installs geoplan there, each package at its locked version and hash.
install_geoplan() {
  local lock="${1:-requirements.lock}"
  if [ ! -x .venv/bin/python ]; then
    "${PYTHON:-python3}" -m venv .venv
  fi
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$lock"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
}
