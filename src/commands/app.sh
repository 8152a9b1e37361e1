#!/usr/bin/env bash
# Synthesizes the stacks of SUPERSET_ENVIRONMENT: the app command of cdktf.json.
#
# The hot path is a hash over the sources, then one JVM and one Node process. What is built from the
# sources lies in .build/app/HASH, so that a build never changes under a run that goes on beside it, and a
# branch that was built once is not built again.
#
# SUPERSET_SYNTH=plain  takes no short cut: plain java, jsii's own launcher, every provider module.
# SUPERSET_SYNTH=build  builds what is missing and stops.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

java=${JAVA_HOME:+$JAVA_HOME/bin/}java

# Everything that decides what is built: sources, the build file, the packer, the JDK; and what changes
# the JavaScript whose compiled code is kept, because V8 compares no more of it than its length.
hash=$({
  find pom.xml src/main/java src/main/resources src/commands/{pack.py,lazy-provider.js} -type f -print0 2>/dev/null |
    LC_ALL=C sort -z | xargs -0 sha256sum
  readlink -f "$(command -v "$java")"
} | sha256sum)
app=.build/app/${hash:0:16}

if [[ ! -f $app/classpath ]]; then
  mkdir -p .build/app
  exec 9>.build/app/lock
  flock 9
  if [[ ! -f $app/classpath ]]; then
    # Last week's builds go; a run that still uses one of them is not a week old.
    find .build/app -mindepth 1 -maxdepth 1 -type d -mtime +7 -exec rm -rf {} +
    new=$(mktemp -d .build/app/new.XXXXXX)
    trap 'rm -rf "$new"' EXIT
    # Standard output belongs to cdktf.
    flock .build/maven.lock mvn -q -B compile dependency:build-classpath \
      -DincludeScope=runtime -Dmdep.outputFile="$PWD/$new/libraries" >&2
    python3 src/commands/pack.py target/classes "$new" "$app" >&2
    chmod 755 "$new"
    rm -rf "$app"
    mv "$new" "$app"
    trap - EXIT
  fi
  exec 9>&-
fi
[[ ${SUPERSET_SYNTH:-} == build ]] && exit 0

classpath=$(<"$app/classpath")
main=superset.platform.Main
export CHECKPOINT_DISABLE=1
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=${JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION:-20}
if [[ ${SUPERSET_SYNTH:-} == plain ]]; then
  # The libraries first: they hold everything that app.jar holds a part of.
  exec "$java" -cp "${classpath#*:}:${classpath%%:*}" "$main" "$@"
fi

# jsii asks for a shell command: relative, so that no blank in the clone's own path can break it.
if [[ -z ${JSII_RUNTIME:-}${JSII_NODE:-} ]]; then
  export SUPERSET_JSII_KERNEL=$app/kernel/lib/program.js
  export SUPERSET_CODE_CACHE=$app/code
  # A young generation large enough that little of what lives for the whole second is copied.
  export JSII_RUNTIME="exec node --max-semi-space-size=32 --preserve-symlinks src/commands/jsii-runtime.js"
fi
# The first tier of compilation and the serial collector: the process lives for a second.
# Logging is off because the JVM reports an unusable class archive on standard output.
options=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto -Xlog:disable)
archive=$app/classes.jsa
if [[ -f $archive ]]; then
  exec "$java" "${options[@]}" -XX:SharedArchiveFile="$archive" -cp "$classpath" "$main" "$@"
fi

# The first run of a build leaves behind the archive of the classes it loaded (application class data
# sharing). Only a run that synthesized has loaded them all.
status=0
"$java" "${options[@]}" -XX:ArchiveClassesAtExit="$archive.$$" -cp "$classpath" "$main" "$@" || status=$?
if [[ $status == 0 && -f $archive.$$ ]]; then
  mv -f "$archive.$$" "$archive" || true
fi
rm -f "$archive.$$"
exit "$status"
