# Tokio of the pinned crates, and the program that is built on it. The crates lie in a folder that
# stands in for the registry, so that Cargo takes these and no others.

vendor=$scratch/vendor
mkdir -p "$vendor" "$destination"
for pin in tokio tokio-fastrand tokio-libc tokio-pin-project-lite; do
  downloadPin "$pin"
  tar -xzf "$downloaded" -C "$vendor"
  printf '{"files": {}, "package": "%s"}' "$pinHash" \
    >"$vendor/$pinPackage-$pinVersion/.cargo-checksum.json"
done
cp -r "$peersFolder/tokio" "$scratch/program"
mkdir "$scratch/program/.cargo"
cat >"$scratch/program/.cargo/config.toml" <<END
[source.crates-io]
replace-with = "pinned"
[source.pinned]
directory = "$vendor"
END
cd "$scratch/program"
cargo build --release --offline --quiet
cp target/release/tokio-peer "$destination/"
