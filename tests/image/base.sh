# shellcheck shell=bash
# The base image, made of this machine, and the builds on it.

# Folders that the build stage borrows read-only, and two that it shares: crates and compiled objects.
borrowed() {
    local toolchain
    toolchain=$(rustc --print sysroot)
    printf -- '--volume=%s\n' /usr:/usr:ro "$(rustup_home):$(rustup_home):ro" "$toolchain:$toolchain:ro" \
        "$cache/registry:/cargo/registry" "$cache/target:/src/target"
}

rustup_home() { echo "${RUSTUP_HOME:-$HOME/.rustup}"; }

make_base() {
    say "making the base image"
    local root=$work/base container
    mkdir -p "$root"/{etc,usr,tmp,root,cargo/registry,src/target,var/tmp} "$cache/target" "$cache/registry"
    chmod 1777 "$root/tmp" "$root/var/tmp"
    for folder in bin sbin lib lib64; do
        ln -s "usr/$folder" "$root/$folder"
    done
    # cc is found through /etc/alternatives, shared objects through ld.so.cache.
    cp -a /etc/alternatives /etc/ld.so.cache /etc/passwd /etc/group "$root/etc/"
    mkdir -p "$root/etc/ssl"
    cp -aL /etc/ssl/certs "$root/etc/ssl/certs"
    container=$(buildah --storage-driver vfs from scratch)
    containers+=("$container")
    buildah --storage-driver vfs copy --quiet "$container" "$root" / >/dev/null
    buildah --storage-driver vfs config \
        --env PATH="$(rustc --print sysroot)/bin:/usr/local/bin:/usr/bin:/bin" \
        --env CARGO_HOME=/cargo --env HOME=/root --env CARGO_PROFILE_DEV_DEBUG=false \
        --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$container"
    buildah --storage-driver vfs commit --quiet --rm "$container" portico-test-base >/dev/null
}

# A commit for the images, the same in every run, so that nothing is built anew for it.
revision=0123456789abcdef0123456789abcdef01234567

# build TARGET
build() {
    say "building target $1 with profile $profile"
    local volumes
    mapfile -t volumes < <(borrowed)
    buildah --storage-driver vfs bud --quiet --isolation chroot --format docker --file docker/Dockerfile \
        --build-arg RUST_IMAGE=localhost/portico-test-base --build-arg PROFILE="$profile" \
        --build-arg REVISION="$revision" \
        --target "$1" --tag "${tags[$1]}" "${volumes[@]}" . >"$work/build-$1.log" 2>&1 ||
        { tail -40 "$work/build-$1.log" && fail "target $1 does not build"; }
}

# unpack TARGET: makes a container of the image; ${made[TARGET]} is its name, ${roots[TARGET]} its root.
unpack() {
    made[$1]=$(buildah --storage-driver vfs from --pull-never "localhost/${tags[$1]}")
    containers+=("${made[$1]}")
    roots[$1]=$(buildah --storage-driver vfs mount "${made[$1]}")
}

# furnish TARGET: what every container runtime puts there before the root becomes read-only.
furnish() {
    local root=${roots[$1]}
    mkdir -p "$root"/{dev,proc,run,sys}
    cp /etc/hosts /etc/resolv.conf "$root/etc/"
    touch "$root/etc/hostname"
}
