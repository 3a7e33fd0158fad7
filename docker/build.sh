#!/bin/sh
# Builds binaries without any shared library and lays out the root of the image. Runs inside the build stages.
#
#   docker/build.sh fetch                                           downloads every crate that Cargo.lock names
#   docker/build.sh dependencies PROFILE "BINARIES" CARGO-ARGUMENTS…  builds the crates of others, without our sources
#   docker/build.sh root PROFILE VERSION OUT "BINARIES" CARGO-ARGUMENTS…
set -eu

# Empty sources, so that cargo finds a target in each manifest before ours are there.
make_stubs() {
    for lib in src/lib.rs src/okta-direct-auth/src/lib.rs src/public-suffix/lib.rs views/lib.rs tests/okta-sim/src/lib.rs; do
        mkdir -p "$(dirname "$lib")"
        : >"$lib"
    done
    for main in src/main.rs tests/okta-sim/src/main.rs; do
        echo 'fn main() {}' >"$main"
    done
}

# build PROFILE "BINARIES" CARGO-ARGUMENTS…
build() {
    profile=$1 binaries=$2
    shift 2
    for binary in $binaries; do
        set -- "$@" --bin "$binary"
    done
    # Paths of this machine have no business in what ships.
    flags="-C target-feature=+crt-static"
    # Where the program has to be adjusted to its place in memory, in a form that takes a fiftieth of the room.
    flags="$flags -C link-arg=-Wl,-z,pack-relative-relocs"
    for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
        flags="$flags --remap-path-prefix=$folder=/crates"
    done
    RUSTFLAGS=$flags cargo build --locked --profile "$profile" --target "$target" "$@"
}

# Naming the target keeps the flags away from build scripts and macros, which must stay dynamic.
host=$(rustc -vV | sed -n 's/^host: //p')
case ${TARGETARCH:-} in
'') target=$host ;;
amd64) target=x86_64-unknown-linux-gnu ;;
arm64) target=aarch64-unknown-linux-gnu ;;
*)
    echo "there is no image for $TARGETARCH, only for amd64 and arm64" >&2
    exit 1
    ;;
esac
cross=${target%%-*}-linux-gnu
if [ "$target" != "$host" ]; then
    name=$(echo "$target" | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${name}_LINKER=$cross-gcc"
fi
step=$1
shift

case $step in
fetch)
    if [ "$target" != "$host" ]; then
        rustup target add "$target"
        apt-get update -qq
        apt-get install -qq --no-install-recommends "gcc-$(echo "$cross" | tr _ -)" "libc6-dev-$TARGETARCH-cross"
    fi
    make_stubs
    cargo fetch --locked
    exit
    ;;
dependencies)
    # Empty in a build from scratch. tests/image lends one that already holds them.
    [ ! -d "target/$target" ] || exit 0
    build "$@"
    # What was made of the stubs looks newer than the sources that come next.
    cargo clean --locked --quiet --workspace --profile "$profile" --target "$target"
    exit
    ;;
esac

profile=$1 version=$2 out=$3 binaries=$4
shift 4
build "$profile" "$binaries" "$@"

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
if [ "$target" = "$host" ] && [ "$("$out/portico" --version)" != "portico $version" ]; then
    echo "the image is to be version $version, and the binary is $("$out/portico" --version)" >&2
    exit 1
fi

# Where scanners look for it, and where Debian keeps its own.
python3 docker/contents.py "$target" "$out/usr/share/doc/portico" "$@"

cp /etc/ssl/certs/ca-certificates.crt "$out/etc/ssl/certs/"
echo 'portico:x:65532:65532:portico:/nonexistent:/nonexistent' >"$out/etc/passwd"
echo 'portico:x:65532:' >"$out/etc/group"
echo 'hosts: files dns' >"$out/etc/nsswitch.conf"
chmod 644 "$out"/etc/passwd "$out"/etc/group "$out"/etc/nsswitch.conf "$out"/etc/ssl/certs/*
