#!/bin/sh
# Builds binaries without any shared library and lays out the root of the image. Runs inside the build stage.
#   docker/build.sh PROFILE OUT "BINARIES" CARGO-ARGUMENTS…
set -eu
profile=$1 out=$2 binaries=$3
shift 3
for binary in $binaries; do
    set -- "$@" --bin "$binary"
done

# Naming the target keeps the flag away from build scripts and macros, which must stay dynamic.
target=$(rustc -vV | sed -n 's/^host: //p')
# Paths of this machine have no business in what ships.
flags="-C target-feature=+crt-static"
# Where the program has to be adjusted to its place in memory, in a form that takes a fiftieth of the room.
flags="$flags -C link-arg=-Wl,-z,pack-relative-relocs"
for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    flags="$flags --remap-path-prefix=$folder=/crates"
done
RUSTFLAGS=$flags cargo build --locked --profile "$profile" --target "$target" "$@"

folder=$profile
[ "$profile" != dev ] || folder=debug
# Built so, every process would first measure the jitter of the clock for a tenth of a second (docs/decisions/0032).
if grep -q jent_read_entropy "target/$target/$folder/build"/aws-lc-sys-*/out/*.a; then
    echo "aws-lc was built without the setting of .cargo/config.toml" >&2
    exit 1
fi
mkdir -p "$out/etc/ssl/certs" "$out/etc/portico"
for binary in $binaries; do
    cp "target/$target/$folder/$binary" "$out/$binary"
    # A binary that still asks for a loader would not start in an empty image.
    if LC_ALL=C ldd "$out/$binary" 2>/dev/null | grep -q '=>'; then
        echo "$binary is not linked statically" >&2
        exit 1
    fi
done

cp /etc/ssl/certs/ca-certificates.crt "$out/etc/ssl/certs/"
echo 'portico:x:65532:65532:portico:/nonexistent:/nonexistent' >"$out/etc/passwd"
echo 'portico:x:65532:' >"$out/etc/group"
echo 'hosts: files dns' >"$out/etc/nsswitch.conf"
chmod 644 "$out"/etc/passwd "$out"/etc/group "$out"/etc/nsswitch.conf "$out"/etc/ssl/certs/*
