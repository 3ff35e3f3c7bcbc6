# What the installer tells its user. Sourced; goes to standard error, so that standard output stays the caller's.

say() { printf '[third party] %s\n' "$*" >&2; }

fail() {
  say "error: $1"
  shift
  local line
  for line in "$@"; do say "  $line"; done
  exit 1
}

# retry TIMES COMMAND...: runs COMMAND until it succeeds, at most TIMES times, with a growing pause.
retry() {
  local times=$1 attempt
  shift
  for ((attempt = 1; attempt <= times; attempt++)); do
    "$@" && return 0
    if ((attempt < times)); then
      say "$1 failed (attempt $attempt of $times), trying again in $((attempt * 3)) s"
      sleep $((attempt * 3))
    fi
  done
  return 1
}
