#!/usr/bin/env bash
# Builds this documentation into docs/_build/html; needs `pip install '.[docs]'`. PYTHON may name the
# interpreter; further arguments go to Sphinx (-E: all anew).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec "${PYTHON:-python3}" -m sphinx -W --keep-going -n -b html "$@" . _build/html
