#!/usr/bin/env bash
# Recipes and pinned downloads, without a network: cargo's store is a folder that this test fills.
set -uo pipefail

source=$PWD/tools/third_party
work=$(mktemp -d "${TEST_TMPDIR:-/tmp}/recipe-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0

# A copy of the scripts with one pin, whose crate is in cargo's store, and one recipe that unpacks
# nothing.
prepare() {
  rm -rf "${work:?}"/*
  mkdir -p "$work/scripts/recipes" "$work/parts" "$work/cargo/registry/cache/store" "$work/bin"
  cp "$source"/{run-recipe,report.sh,download.sh} "$work/scripts/"
  crate=$work/cargo/registry/cache/store/sample-1.2.3+4.crate
  printf 'the sample' >"$crate"
  pin "$(sha256sum <"$crate" | cut -d' ' -f1)"
  cat >"$work/scripts/recipes/sample.sh" <<'END'
downloadPin sample
mkdir "$destination"
cp "$downloaded" "$destination/crate"
END
  # A cargo that never answers: what is tested must not need it.
  printf '#!/bin/sh\necho "the registry is away"\nexit 1\n' >"$work/bin/cargo"
  printf '#!/bin/sh\n' >"$work/bin/sleep"
  chmod +x "$work/bin/"*
}

pin() { printf 'sample 1.2.3+4 %s crate sample\n' "$1" >"$work/scripts/pins"; }

# Runs the recipe; sets status, and output to what the user saw.
run() {
  output=$(PATH=$work/bin:$PATH CARGO_HOME=$work/cargo "$work/scripts/run-recipe" \
    "$work/scripts/recipes/sample.sh" "$work/parts/sample-1.2.3-key" 2>&1)
  status=$?
}

expect() {
  local what=$1
  shift
  "$@" && return
  failures=$((failures + 1))
  printf 'FAILED %s: %s\n  exit %s, output:\n%s\n' "${FUNCNAME[1]}" "$what" "$status" "$output"
}

succeeded() { [ "$status" -eq 0 ]; }
failed() { [ "$status" -ne 0 ]; }
said() { [[ $output == *"$1"* ]]; }
nothingInstalled() {
  [ ! -e "$work/parts/sample-1.2.3-key" ] && ! ls -d "$work"/parts/.incomplete-* >/dev/null 2>&1
}

aPinnedCrateIsInstalled() {
  run
  expect 'succeeds' succeeded
  expect 'installs the file' cmp -s "$crate" "$work/parts/sample-1.2.3-key/crate"
}

aDownloadIsKept() {
  run
  rm -r "$work/parts/sample-1.2.3-key" "$crate"
  run
  expect 'needs no registry the second time' succeeded
}

aWrongHashIsNamed() {
  local right wrong
  right=$(sha256sum <"$crate" | cut -d' ' -f1)
  wrong=$(printf '%064d' 0)
  pin "$wrong"
  run
  expect 'fails' failed
  expect 'names the package' said 'sample 1.2.3+4 is not what tools/third_party/pins names'
  expect 'names the hash expected' said "expected sha256 $wrong"
  expect 'names the hash received' said "received sha256 $right"
  expect 'installs nothing' nothingInstalled
}

aDownloadThatRottedIsNoticed() {
  run
  rm -r "$work/parts/sample-1.2.3-key"
  printf 'rotten' >"$(find "$work/parts/downloads" -name '*.crate')"
  run
  expect 'fails' failed
  expect 'names the file' said "in $work/parts/downloads/sample-1.2.3+4-"
}

aRegistryThatIsAwayIsTriedAgainAndNamed() {
  rm "$crate"
  run
  expect 'fails' failed
  expect 'tries again' said 'cargo failed (attempt 2 of 3)'
  expect 'names the package' said 'cargo could not download sample 1.2.3+4'
  expect 'passes on what the client said' said 'the registry is away'
}

aPinThatIsNoPinIsNamed() {
  printf 'sample 1.2.3+4 crate sample\n' >"$work/scripts/pins"
  run
  expect 'fails' failed
  expect 'tells the form' said 'NAME VERSION SHA256 KIND PACKAGE'
  : >"$work/scripts/pins"
  run
  expect 'names the missing line' said 'no line for sample'
}

# writePinOfKind KIND PACKAGE VERSION: one whose file holds 'the sample'.
writePinOfKind() {
  printf 'sample %s %s %s %s\n' "$3" "$(printf 'the sample' | sha256sum | cut -d' ' -f1)" "$1" "$2" \
    >"$work/scripts/pins"
}

# client NAME SCRIPT: a registry's client that does what SCRIPT says.
client() {
  printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

aDebianPackageIsDownloadedAndNotInstalled() {
  writePinOfKind deb lib-sample 1:2.3-4
  client apt-get '[ "$*" = "download --quiet=2 lib-sample=1:2.3-4" ] && printf "the sample" >a.deb'
  run
  expect 'succeeds' succeeded
  expect 'has the package' cmp -s "$crate" "$work/parts/sample-1.2.3-key/crate"
}

aVersionThatDebianNoLongerHasIsNamed() {
  writePinOfKind deb lib-sample 1:2.3-4
  client apt-get 'echo "version not found"; exit 100'
  run
  expect 'fails' failed
  expect 'names the version' said 'apt-get could not download lib-sample=1:2.3-4'
  expect 'says what to do' said 'take the new version'
}

aGoModuleIsDownloadedIntoACacheOfItsOwn() {
  writePinOfKind go-module example.org/sample v1.2.3
  client go 'folder=$GOMODCACHE/cache/download/example.org/sample/@v
[ "$*" = "mod download example.org/sample@v1.2.3" ] && mkdir -p "$folder" &&
  printf "the sample" >"$folder/v1.2.3.zip"'
  run
  expect 'succeeds' succeeded
  expect 'has the module' cmp -s "$crate" "$work/parts/sample-1.2.3-key/crate"
}

aJarIsCopiedFromMaven() {
  writePinOfKind jar org.example:sample 1.2.3
  client mvn 'for argument; do case $argument in -DoutputDirectory=*) folder=${argument#*=};; esac; done
printf "the sample" >"$folder/sample-1.2.3.jar"'
  run
  expect 'succeeds' succeeded
  expect 'has the jar' cmp -s "$crate" "$work/parts/sample-1.2.3-key/crate"
}

aFileOfAnyKindIsComparedWithItsHash() {
  for kind in deb go-module jar; do
    printf 'sample v1.2.3 %064d %s example.org/sample\n' 0 "$kind" >"$work/scripts/pins"
    client apt-get 'printf rotten >a.deb'
    client go 'mkdir -p "$GOMODCACHE/cache/download/example.org/sample/@v" &&
      printf rotten >"$GOMODCACHE/cache/download/example.org/sample/@v/v1.2.3.zip"'
    client mvn 'for a; do case $a in -DoutputDirectory=*) printf rotten >"${a#*=}/a.jar";; esac; done'
    run
    expect "$kind: fails" failed
    expect "$kind: names the hash received" \
      said "received sha256 $(printf rotten | sha256sum | cut -d' ' -f1)"
  done
}

aKindThatThereIsNotIsNamed() {
  writePinOfKind floppy sample 1.2.3
  run
  expect 'fails' failed
  expect 'names the kind' said "of the kind 'floppy'"
  expect 'names those that there are' said 'deb, go-module and jar'
}

aRecipeThatFailsLeavesNothing() {
  printf 'echo the compiler is unhappy\nfalse\n' >>"$work/scripts/recipes/sample.sh"
  run
  expect 'fails' failed
  expect 'shows the log' said 'the compiler is unhappy'
  expect 'installs nothing' nothingInstalled
}

aRecipeThatIsInterruptedLeavesNothing() {
  printf 'kill -TERM $$\n' >>"$work/scripts/recipes/sample.sh"
  run
  expect 'fails' failed
  expect 'says so' said 'interrupted'
  expect 'installs nothing' nothingInstalled
}

for case in $(declare -F | awk '$3 ~ /^a[A-Z]/ {print $3}'); do
  prepare
  "$case"
  printf 'ran %s\n' "$case"
done
[ "$failures" -eq 0 ]
