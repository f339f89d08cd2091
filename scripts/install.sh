# Shared by demo and test: makes .venv if it is absent and installs geoplan there at the locked versions.
install_geoplan() {
  local extra="${1:-}"
  if [ ! -x .venv/bin/python ]; then
    "${PYTHON:-python3}" -m venv .venv
  fi
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable ".${extra}"
}
