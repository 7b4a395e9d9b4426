#!/usr/bin/env bash
# go-build.sh MODULE PACKAGE OUTPUT: builds a Go program of the module in folder MODULE, and shows how far it is: a
# first build compiles hundreds of packages without a word.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
module=$1
package=$2
output=$PWD/$3
scripts/go-ready.sh || exit 1

# Names of packages are counted; whatever else the compiler says is passed on.
progress() {
  awk -v terminal="$([ -t 1 ] && echo 1)" '
    /^go: downloading / { modules++; show(modules " modules fetched"); next }
    /^[A-Za-z0-9._~\/-]+$/ { packages++; show(packages " packages compiled"); next }
    { clear(); print }
    function show(text) {
      if (terminal) { printf "\r    %s ", text; shown = 1 }
      else if ((modules + packages) % 200 == 0) print "    " text
      fflush()
    }
    function clear() { if (shown) printf "\n"; shown = 0 }
    END { clear() }'
}

mkdir -p "$(dirname "$output")"
started=$SECONDS
(cd "$module" && go build -v -o "$output" "$package" 2>&1) | progress || exit 1
# An unchanged program keeps its time, and make would ask again each time.
touch "$output"
echo "    $3 built in $((SECONDS - started)) s"
