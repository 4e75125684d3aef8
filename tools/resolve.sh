#!/usr/bin/env bash
# Whether the package can be installed on each system and Python: the wheel's requirements are resolved for it by uv,
# which reads environment markers for the platform that is named. Nothing is installed. Prints a table in Markdown.
#
#     tools/resolve.sh [PYTHON …]          needs uv (pip install uv)
set -euo pipefail
cd "$(dirname "$0")/.."
versions=("${@:-}")
[ -n "${versions[0]}" ] || versions=(3.10 3.11 3.12 3.13 3.14)
declare -A platforms=(
    ["Linux x86-64"]=x86_64-manylinux_2_28
    ["Linux arm64"]=aarch64-manylinux_2_28
    ["macOS arm64"]=aarch64-apple-darwin
    ["Windows x86-64"]=x86_64-pc-windows-msvc
)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip wheel --quiet --no-deps --wheel-dir "$work" .
wheel=$(ls "$work"/*.whl)
echo "| | Python | TensorFlow | Keras | tensorflow-text |"
echo "|---|---|---|---|---|"
version_of() { sed -n "s/^$1==\([^ ;]*\).*/\1/p" "$2"; }
for name in "Linux x86-64" "Linux arm64" "macOS arm64" "Windows x86-64"; do
    for version in "${versions[@]}"; do
        found="$work/found.txt"
        if echo "bert-keras @ file://$wheel" | uv pip compile --quiet --no-header --no-annotate \
            --python-platform "${platforms[$name]}" --python-version "$version" --prerelease if-necessary - \
            > "$found" 2> "$work/error.txt"; then
            text=$(version_of tensorflow-text "$found")
            echo "| $name | $version | $(version_of tensorflow "$found") | $(version_of keras "$found") | ${text:-none} |"
        else
            echo "| $name | $version | cannot be resolved: $(grep -v '^ *$' "$work/error.txt" | head -2 | tr '\n' ' ') | | |"
        fi
    done
done
