# npm packages of the examples and tests, by their lock files. Sourced after report.sh.

# installNodePackages FOLDER: node_modules in FOLDER is what its package-lock.json says, or is made
# so.
installNodePackages() {
  local folder=$1 stamp=$1/node_modules/.lock-stamp wanted log started=$SECONDS
  wanted=$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
  say "npm packages: installing in ${folder#"$checkout/"}"
  log=$(mktemp)
  # Nothing that is downloaded is run: no install scripts.
  retry npm npmInstall "$folder" "$log" ||
    fail "npm could not install what ${folder#"$checkout/"}/package-lock.json names; it said:" \
      "$(tail -n 12 "$log")"
  rm -f "$log"
  printf '%s\n' "$wanted" >"$stamp"
  say "npm packages: done in $((SECONDS - started)) s"
}

npmInstall() {
  (cd "$1" && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund) >"$2" 2>&1
}
