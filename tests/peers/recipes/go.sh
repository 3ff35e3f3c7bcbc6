# Go's own toolchain of the pinned version, and the program that it builds.

downloadPin go-toolchain
/usr/bin/python3 -m zipfile -e "$downloaded" "$scratch"
toolchain=$scratch/$pinPackage@$pinVersion
chmod -R u+x "$toolchain/bin" "$toolchain/pkg/tool"
mkdir -p "$destination"
cd "$peersFolder/go"
GOROOT=$toolchain GOTOOLCHAIN=local GOFLAGS=-buildvcs=false GOCACHE=$scratch/cache \
  "$toolchain/bin/go" build -o "$destination/go-peer" .
