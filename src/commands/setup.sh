#!/usr/bin/env bash
# Brings a machine to where every make target works. Quick when there is nothing to do.
#
# What is needed and cannot be installed from here is named, all of it at once, with the command that
# installs it. What is locked (npm, Python) is installed again only when its lock changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p .build/setup

# --- Programs -------------------------------------------------------------------------------------------
# name | command that shows the version | lowest version | how to install it
programs='
java|java -version|17|apt-get install openjdk-17-jdk-headless
javac|javac -version|17|apt-get install openjdk-17-jdk-headless
mvn|mvn --version|3.8|apt-get install maven
node|node --version|20|apt-get install nodejs (20 or later), or nvm install 20
npm|npm --version|9|comes with Node.js
python3|python3 --version|3.11|apt-get install python3 python3-venv
terraform|terraform version|1.11|see "Install Terraform" in its documentation; 1.11 or later
flock|flock --version|2.0|apt-get install util-linux
'

# Debian packages of which the emulator and the tests run the programs: program or file|package. They are installed here when
# the package manager is apt and we are root.
packages='
/usr/lib/postgresql/15/bin/postgres|postgresql-15
/usr/lib/postgresql/15/lib/pgaudit.so|postgresql-15-pgaudit
redis-server|redis-server
haproxy|haproxy
mariadbd|mariadb-server
chromium|chromium
/usr/lib/*/libnss_wrapper.so|libnss-wrapper
/usr/share/modsecurity-crs/rules/*SQLI.conf|modsecurity-crs
'

# The first version number in what a program prints.
version() {
  local said
  said=$("$@" 2>&1 </dev/null) || true
  { grep -oE '[0-9]+(\.[0-9]+)+' <<<"$said" || grep -oE '[0-9]+' <<<"$said"; } | head -1
}

at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1) == "$1" ]]; }

check_programs() {
  local missing=() name show lowest install have
  while IFS='|' read -r name show lowest install; do
    [[ -z $name ]] && continue
    if ! command -v "$name" >/dev/null; then
      missing+=("  $name is missing (needed: $lowest or later): $install")
      continue
    fi
    # A CLI configuration file that is named but does not exist makes Terraform warn before it answers.
    have=$(TF_CLI_CONFIG_FILE='' CHECKPOINT_DISABLE=1 version $show) || have=''
    if ! at_least "$lowest" "${have:-0}"; then
      missing+=("  $name is ${have:-of unknown version} (needed: $lowest or later): $install")
    fi
  done <<<"$programs"
  if ((${#missing[@]})); then
    {
      echo "Some programs are missing:"
      printf '%s\n' "${missing[@]}"
    } >&2
    return 1
  fi
}

install_packages() {
  local missing=() program package
  while IFS='|' read -r program package; do
    [[ -z $program ]] && continue
    command -v "$program" >/dev/null || compgen -G "$program" >/dev/null || missing+=("$package")
  done <<<"$packages"
  ((${#missing[@]})) || return 0
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "Some programs are missing: sudo apt-get install ${missing[*]}" >&2
    return 1
  fi
  logged packages apt-get update -q
  logged packages env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# --- Steps ----------------------------------------------------------------------------------------------
# Runs a command quietly; shows the end of its log when it fails.
logged() {
  local log=.build/setup/$1.log
  shift
  if ! "$@" >>"$log" 2>&1 </dev/null; then
    tail -40 "$log" >&2
    echo "setup: failed: $* (all of it: $log)" >&2
    return 1
  fi
}

# step NAME 'what it does' KEY COMMAND...: runs the command unless it was last done for the same key.
step() {
  local stamp=.build/setup/$1.done what=$2 key=$3 start=$SECONDS
  shift 3
  [[ -f $stamp && $(<"$stamp") == "$key" ]] && return 0
  # Not said when it takes no time: what people see of a set-up machine is nothing.
  echo "setup: $what …" >&2
  rm -f "$stamp"
  "$@"
  printf '%s' "$key" >"$stamp"
  echo "setup: $what: done after $((SECONDS - start)) s" >&2
}

digest() { cat "$@" 2>/dev/null | sha256sum | cut -c1-32; }

node_modules() {
  : >.build/setup/npm.log
  logged npm npm ci --no-audit --no-fund --ignore-scripts
}

python_environment() {
  : >.build/setup/python.log
  rm -rf .venv
  logged python python3 -m venv .venv
  logged python .venv/bin/python -m pip install --require-hashes --no-deps -r src/commands/requirements.txt
}

# What the image holds, from the same lock: the data plane of the emulator runs it.
superset_environment() {
  : >.build/setup/superset.log
  rm -rf .build/superset .build/setup/static.done
  logged superset .venv/bin/uv venv --python .venv/bin/python .build/superset
  logged superset .venv/bin/uv pip install --python .build/superset/bin/python \
    --require-hashes --no-deps -r src/main/superset/requirements.txt
}

# Checkov pins versions that the emulator cannot use: an environment and a lock of its own.
checkov_environment() {
  : >.build/setup/checkov.log
  rm -rf .build/checkov
  logged checkov .venv/bin/uv venv --python .venv/bin/python .build/checkov
  logged checkov .venv/bin/uv pip install --python .build/checkov/bin/python \
    --require-hashes --no-deps -r src/commands/checkov/requirements.txt
}

# As the Dockerfile does it.
static_files() {
  : >.build/setup/static.log
  logged static env PYTHONPATH=src/main/superset/pythonpath \
    .build/superset/bin/python -m superset_aws.static_files
}

# What `mvn test` and the formatter need, and the build that app.sh starts.
maven() {
  : >.build/setup/maven.log
  logged maven env SUPERSET_SYNTH=build src/commands/app.sh
}

exec 8>.build/setup/lock
if ! flock -n 8; then
  echo "setup: another one is at work here; waiting for it" >&2
  flock 8
fi

paths=$(for name in java javac mvn node npm python3 terraform; do readlink -f "$(command -v $name)" || echo none; done)
step programs 'looking for the programs' "$(digest src/commands/setup.sh <(echo "$paths"))" check_programs
install_packages
[[ -d node_modules ]] || rm -f .build/setup/npm.done
[[ -x .venv/bin/python ]] || rm -f .build/setup/python.done
step npm 'installing the CDKTF command line (npm)' "$(digest package.json package-lock.json)" node_modules
step python 'installing the Python environment (.venv)' \
  "$(digest src/commands/requirements.txt <(readlink -f "$(command -v python3)"))" python_environment
[[ -x .build/superset/bin/gunicorn ]] || rm -f .build/setup/superset.done
step superset 'installing Superset (.build/superset)' \
  "$(digest src/main/superset/requirements.txt <(readlink -f "$(command -v python3)"))" superset_environment
[[ -x .build/checkov/bin/checkov ]] || rm -f .build/setup/checkov.done
step checkov 'installing Checkov (.build/checkov)' \
  "$(digest src/commands/checkov/requirements.txt <(readlink -f "$(command -v python3)"))" checkov_environment
step static 'compressing static files' \
  "$(digest src/main/superset/pythonpath/superset_aws/static_files.py)" static_files
step maven 'fetching the Java libraries (Maven)' "$(digest pom.xml)" maven
