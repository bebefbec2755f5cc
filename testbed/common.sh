# Shared by the scripts of the testbed: where built things are kept, how progress is told, and how
# Debian packages are had without changing anything on the machine. Sourced, not run.

cache="${MOSQUITTOHA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mosquitto-ha}"
started=$SECONDS

# Progress goes to standard error, so that a script's standard output is its answer alone.
say() { printf '[%3ds] %s\n' $((SECONDS - started)) "$*" >&2; }

die() {
  printf 'error: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

debian_codename() { (. /etc/os-release 2>/dev/null && [ "${ID:-}" = debian ] && echo "${VERSION_CODENAME:-}") || true; }

# Installs what the scripts themselves need, and only what is missing. Arguments: COMMAND=PACKAGE…
need() {
  local missing=() pair
  for pair in "$@"; do command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}"); done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    die "these programs are missing: ${missing[*]}" "Install them with the machine's package manager, then try again."
  fi
  say "installing with apt-get, because they are missing: ${missing[*]}"
  apt-get update -qq >&2 || true
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >&2 ||
    die "apt-get could not install ${missing[*]}" "Look at its message above."
}

# The Debian mirror that this machine already uses.
debian_mirror() {
  local find='$(CODENAME) $(REPO_URI)' mirror
  mirror=$(apt-get indextargets --format "$find" 2>/dev/null | awk -v c="$(debian_codename)" '$1 == c {print $2; exit}')
  if [ -z "$mirror" ]; then
    apt-get update -qq >&2 || true
    mirror=$(apt-get indextargets --format "$find" 2>/dev/null | awk -v c="$(debian_codename)" '$1 == c {print $2; exit}')
  fi
  [ -n "$mirror" ] || die "apt knows no mirror for Debian $(debian_codename)" \
    "Add the line 'deb MIRROR $(debian_codename) main' to /etc/apt/sources.list, run 'apt-get update', and try again."
  echo "$mirror"
}

# Unpacks packages into a folder, with lists and cache of its own. Arguments: FOLDER PACKAGE/SUITE…
unpack_debs() {
  local into=$1 work options suite
  shift
  work=$(mktemp -d "$cache/debs.XXXXXX")
  mkdir -p "$work"/{lists,archives}/partial "$into"
  : >"$work/status"
  for suite in $(printf '%s\n' "${@#*/}" | sort -u); do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) $suite main"
  done >"$work/sources.list"
  options=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State::lists=$work/lists"
    -o "Dir::State::status=$work/status" -o "Dir::Cache=$work" -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update >&2
  (cd "$work" && apt-get "${options[@]}" download "$@" >&2)
  for deb in "$work"/*.deb; do dpkg-deb --extract "$deb" "$into"; done
  rm -rf "$work"
}
