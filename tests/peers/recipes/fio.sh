# Debian's fio, unpacked and not installed. It is linked with the clients of several storage systems,
# a hundred packages more, none of which its engine for io_uring calls: libraries whose functions
# only end the program stand in for them.

downloadPin fio
dpkg-deb --extract "$downloaded" "$scratch"
mkdir -p "$destination/stand-ins"
cp "$scratch/usr/bin/fio" "$destination/fio-program"

# What it wants of them: a name and a version each, the second empty where there is none.
nm --dynamic --undefined-only "$destination/fio-program" |
  awk '$1 == "U" && $2 !~ /@GLIBC/ { sub("@", " ", $2); print $2 }' >"$scratch/wanted"
awk '{ print "void " $1 "(void) { __builtin_trap(); }" }' "$scratch/wanted" >"$scratch/stand-in.c"
awk '$2 != "" { names[$2] = names[$2] " " $1 ";" }
  END { for (version in names) print version " {" names[version] " };" }' \
  "$scratch/wanted" >"$scratch/versions"
clang-19 -shared -fPIC -w -nostdlib "-Wl,--version-script=$scratch/versions" \
  "$scratch/stand-in.c" -o "$scratch/stand-in.so"
readelf --dynamic "$destination/fio-program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
  grep -vE '^lib[cm]\.so' | while read -r library; do
  cp "$scratch/stand-in.so" "$destination/stand-ins/$library"
done

cat >"$destination/fio" <<'END'
#!/bin/sh
folder=$(dirname "$0")
LD_LIBRARY_PATH=$folder/stand-ins exec "$folder/fio-program" "$@"
END
chmod +x "$destination/fio"
"$destination/fio" --enghelp=io_uring
