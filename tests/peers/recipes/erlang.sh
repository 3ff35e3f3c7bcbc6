# Debian's Erlang, unpacked and not installed, and the compiled program.

downloadPin erlang
mkdir -p "$destination/program"
dpkg-deb --extract "$downloaded" "$scratch"
cp -r "$scratch/usr/lib/erlang" "$destination/otp"
runtime=$(echo "$destination"/otp/erts-*)
ln -s "otp/${runtime##*/}/bin" "$destination/bin"
ROOTDIR=$destination/otp BINDIR=$destination/bin EMU=beam PROGNAME=erl \
  "$destination/bin/erlexec" -noshell -noinput -eval '
    [File, Folder] = init:get_plain_arguments(),
    case compile:file(File, [{outdir, Folder}, report]) of
      {ok, _} -> halt(0);
      _ -> halt(1)
    end.' -extra "$peersFolder/erlang/workloads.erl" "$destination/program"
