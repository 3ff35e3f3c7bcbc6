# Pinned downloads from package registries, by their ordinary clients. Sourced after report.sh.
# Wants: thirdPartyFolder (this folder), downloadFolder (outside the checkout; kept between runs).

# readPin NAME: sets pinVersion, pinHash, pinKind and pinPackage from the pins file.
readPin() {
  local found name
  found=$(awk -v name="$1" '$1 == name' "$thirdPartyFolder/pins")
  [ -n "$found" ] || fail "no line for $1 in tools/third_party/pins"
  read -r name pinVersion pinHash pinKind pinPackage <<<"$found"
  [[ $pinHash =~ ^[0-9a-f]{64}$ && -n $pinPackage ]] ||
    fail "the line for $1 in tools/third_party/pins is not NAME VERSION SHA256 KIND PACKAGE"
}

# downloadPin NAME: sets downloaded to the path of the pin's file, whose hash has been checked.
downloadPin() {
  readPin "$1"
  # Go's and Maven's names are paths, and a ':' parts the paths that Java looks into.
  local name=$pinPackage-$pinVersion-$pinHash scratch files
  local folder=$downloadFolder/${name//[:\/]/-}
  if [ ! -d "$folder" ]; then
    mkdir -p "$downloadFolder"
    scratch=$(mktemp -d "$downloadFolder/.incomplete-XXXXXX")
    mkdir "$scratch/files"
    case $pinKind in
      wheel | sdist) downloadFromPyPI "$scratch" ;;
      crate) downloadCrate "$scratch" ;;
      deb) downloadFromDebian "$scratch" ;;
      go-module) downloadGoModule "$scratch" ;;
      jar) downloadFromMaven "$scratch" ;;
      *)
        fail "tools/third_party/pins: $1 is of the kind '$pinKind'," \
          'and there are wheel, sdist, crate, deb, go-module and jar'
        ;;
    esac
    files=("$scratch/files"/*)
    checkHash "${files[0]}"
    mv "$scratch/files" "$folder"
    rm -rf "$scratch"
  fi
  files=("$folder"/*)
  downloaded=${files[0]}
  checkHash "$downloaded"
}

checkHash() {
  local hash
  hash=$(sha256sum <"$1")
  hash=${hash%% *}
  [ "$hash" = "$pinHash" ] ||
    fail "$pinPackage $pinVersion is not what tools/third_party/pins names" \
    "expected sha256 $pinHash" "received sha256 $hash" "in $1"
}

# pip checks the hash before it looks into an sdist, whose set-up code it then runs to learn its
# name.
downloadFromPyPI() {
  local only=--only-binary
  [ "$pinKind" = wheel ] || only=--no-binary
  printf '%s==%s --hash=sha256:%s\n' "$pinPackage" "$pinVersion" "$pinHash" >"$1/wanted"
  retry pip pipDownload "$1" "$only" ||
    fail "pip could not download $pinPackage $pinVersion (sha256 $pinHash); it said:" \
      "$(grep -vE '^ *$' "$1/log" | tail -n 8)"
}

pipDownload() {
  # Debian's own Python, so that a virtual environment on the PATH changes nothing.
  /usr/bin/python3 -m pip download --quiet --disable-pip-version-check --no-deps \
    "$2" "$pinPackage" --require-hashes --requirement "$1/wanted" --dest "$1/files" \
    >"$1/log" 2>&1 && return 0
  # A hash that does not match does not get better by trying again.
  ! grep -q 'DO NOT MATCH THE HASHES' "$1/log" ||
    fail "$pinPackage $pinVersion is not what tools/third_party/pins names; pip said:" \
      "$(grep -oE '(Expected|Got) .*' "$1/log")"
  return 1
}

# `cargo info` fetches one crate into cargo's own store and builds nothing. Cargo finds a version by
# its part before the '+', the file carries all of it.
downloadCrate() {
  local store=${CARGO_HOME:-$HOME/.cargo}/registry/cache file=$pinPackage-$pinVersion.crate
  if ! storedCrate >/dev/null; then
    retry cargo cargoInfo "$1/log" ||
      fail "cargo could not download $pinPackage $pinVersion; it said:" "$(tail -n 8 "$1/log")"
    storedCrate >/dev/null ||
      fail "cargo answered, but $file is not below $store" "$(tail -n 8 "$1/log")"
  fi
  cp "$(storedCrate)" "$1/files/"
}

storedCrate() { find "$store" -name "$file" 2>/dev/null | head -n 1 | grep .; }

cargoInfo() {
  (cd "$downloadFolder" && cargo info --quiet "$pinPackage@${pinVersion%%+*}") >"$1" 2>&1
}

# apt verifies the archive's own signature, too. Unpacking is the recipe's; nothing is installed.
downloadFromDebian() {
  retry apt-get aptDownload "$1" ||
    fail "apt-get could not download $pinPackage=$pinVersion" \
      'its lists may be old: apt-get update; or Debian has moved on: take the new version' \
      "$(tail -n 8 "$1/log")"
}

aptDownload() {
  (cd "$1/files" && apt-get download --quiet=2 "$pinPackage=$pinVersion") >"$1/log" 2>&1
}

downloadGoModule() {
  command -v go >/dev/null ||
    fail "$pinPackage comes by the command go, which is missing: apt-get install golang-go"
  retry go goDownload "$1" ||
    fail "go could not download $pinPackage@$pinVersion; it said:" "$(tail -n 8 "$1/log")"
}

# In a module cache of its own, so that the zip is not the one that somebody else unpacked.
goDownload() {
  local cache=$1/modules
  (cd "$1" && GOMODCACHE=$cache GOFLAGS=-modcacherw \
    go mod download "$pinPackage@$pinVersion") >"$1/log" 2>&1 &&
    mv "$cache/cache/download/$pinPackage/@v/$pinVersion.zip" "$1/files/"
}

downloadFromMaven() {
  command -v mvn >/dev/null ||
    fail "$pinPackage comes by the command mvn, which is missing: apt-get install maven"
  retry mvn mavenCopy "$1" ||
    fail "mvn could not download $pinPackage:$pinVersion; it said:" "$(tail -n 8 "$1/log")"
}

mavenCopy() {
  (cd "$1" && mvn --quiet --batch-mode dependency:copy -Dartifact="$pinPackage:$pinVersion" \
    -DoutputDirectory="$1/files") >"$1/log" 2>&1
}
