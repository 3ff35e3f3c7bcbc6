# What the installer tells its user. Sourced; goes to standard error, so that standard output stays
# the caller's.

say() { printf '[third party] %s\n' "$*" >&2; }

# fail SUMMARY DETAILS...: says both, the details indented, and ends the program.
fail() {
  say "error: $1"
  shift
  local line
  [ $# -eq 0 ] || printf '%s\n' "$@" | cut -c 1-300 |
    while IFS= read -r line; do say "  $line"; done
  exit 1
}

# retry WHO COMMAND...: runs COMMAND until it succeeds, at most three times, with a growing pause.
retry() {
  local who=$1 times=3 attempt
  shift
  for ((attempt = 1; attempt <= times; attempt++)); do
    "$@" && return 0
    if ((attempt < times)); then
      say "$who failed (attempt $attempt of $times), trying again in $((attempt * 3)) s"
      sleep $((attempt * 3))
    fi
  done
  return 1
}
