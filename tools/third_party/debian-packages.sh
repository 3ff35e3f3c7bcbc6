# Debian packages named in packages.txt. Sourced after report.sh. Wants: thirdPartyFolder.

# Prints the packages to have, one a line, without those whose command is there in another way.
wantedDebianPackages() {
  local name condition
  while read -r name condition; do
    case $condition in
      unless=cargo) ! cargo info --help >/dev/null 2>&1 || continue ;;
      unless=*) ! command -v "${condition#unless=}" >/dev/null || continue ;;
    esac
    printf '%s\n' "$name"
  done < <(sed -E 's/[[:space:]]*#.*//; /^$/d' "$thirdPartyFolder/packages.txt")
}

installDebianPackages() {
  local wanted missing started=$SECONDS
  command -v dpkg-query >/dev/null ||
    fail "Troop is built with the packages of Debian 12, and this system has no dpkg"
  wanted=$(wantedDebianPackages | sort -u)
  missing=$(comm -23 <(printf '%s\n' "$wanted") <(installedAmong $wanted))
  [ -n "$missing" ] || return 0
  missing=$(tr '\n' ' ' <<<"$missing")
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
    fail "Debian packages are missing and neither root nor sudo is at hand; as root, run:" \
      "apt-get install $missing"
  say "Debian packages: installing $missing"
  retry "apt-get update" asRoot apt-get update --quiet=2 -o Acquire::Retries=3 ||
    fail "apt-get update failed: is the network up, are the package sources right?"
  retry "apt-get install" asRoot apt-get install --quiet=2 --yes --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 $missing ||
    fail "apt-get could not install: $missing"
  say "Debian packages: done in $((SECONDS - started)) s"
}

installedAmong() {
  dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    awk '$2 == "installed" {print $1}' | sort -u
}

# Services that a package starts must not inherit the installer's lock.
asRoot() {
  local elevate=()
  [ "$(id -u)" -eq 0 ] || elevate=(sudo)
  "${elevate[@]}" env DEBIAN_FRONTEND=noninteractive "$@" {lock}>&- >&2
}
