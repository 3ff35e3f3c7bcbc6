# Tokio of the pinned crates, and the program that is built on it. The crates lie in a folder that
# stands in for the registry, so that Cargo takes these and no others.

vendor=$scratch/vendor
mkdir -p "$vendor" "$destination"
# Cargo wants those of other systems to be there as well.
for pin in tokio tokio-bytes tokio-fastrand tokio-libc tokio-mio tokio-pin-project-lite tokio-socket2 \
  tokio-wasi tokio-windows-link tokio-windows-sys; do
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
