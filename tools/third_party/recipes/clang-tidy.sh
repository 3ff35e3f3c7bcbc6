# clang-tidy from the PyPI wheel, with the headers of the compiler that it is a part of.

downloadPin clang-tidy
/usr/bin/python3 -m zipfile -e "$downloaded" "$scratch/wheel"
mkdir -p "$destination/bin" "$destination/lib"
cp "$scratch/wheel/clang_tidy/data/bin/clang-tidy" "$destination/bin/"
cp -r "$scratch/wheel/clang_tidy/data/lib/clang" "$destination/lib/clang"
chmod +x "$destination/bin/clang-tidy"
"$destination/bin/clang-tidy" --version | grep -q "version $pinVersion" ||
  fail "the wheel of clang-tidy $pinVersion has another version"
