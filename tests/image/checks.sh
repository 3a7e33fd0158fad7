# shellcheck shell=bash
# What must and must not be in the images.

# check_files ROOT BINARY…
check_files() {
    local root=$1 found wanted
    shift
    say "looking at the files with $*"
    found=$(cd "$root" && find . -type f | sort)
    wanted=$(printf './%s\n' "$@" etc/group etc/nsswitch.conf etc/passwd etc/ssl/certs/ca-certificates.crt | sort)
    # The tool that unpacks may add empty files for mounts.
    found=$(grep -v -x -e ./etc/hosts -e ./etc/resolv.conf -e ./etc/hostname -e './run/.*' <<<"$found" || true)
    [ "$found" = "$wanted" ] || fail "other files than wanted: $(diff <(echo "$wanted") <(echo "$found") || true)"
    for binary in "$@"; do
        ! readelf --program-headers "$root/$binary" | grep -q INTERP || fail "$binary asks for a loader"
    done
    if [ "$profile" = release ] && [ "$1" = portico ] && [ $# = 1 ]; then
        local size
        size=$(du -sm "$root" | cut -f1)
        [ "$size" -lt 30 ] || fail "the image takes $size MB, 30 at most"
        ! strings "$root/portico" | grep -q portico-demo || fail "the demo is in the production binary"
    fi
}

check_settings() {
    say "looking at the settings of the images"
    local config
    config=$(buildah --storage-driver vfs inspect --type image portico-test | jq .Docker.config)
    jq -e '.User == "65532:65532"' <<<"$config" >/dev/null || fail "the user is not 65532"
    jq -e '.Entrypoint == ["/portico"] and .Cmd == ["serve"]' <<<"$config" >/dev/null || fail "wrong command"
    jq -e '.Healthcheck.Test == ["CMD", "/portico", "healthcheck"]' <<<"$config" >/dev/null || fail "no health check"
    jq -e '.Volumes | has("/var/lib/portico")' <<<"$config" >/dev/null || fail "no volume for the store"
    jq -e '.ExposedPorts | has("8080/tcp")' <<<"$config" >/dev/null || fail "port 8080 is not exposed"
    jq -e '.Labels["org.opencontainers.image.licenses"] == "Apache-2.0"' <<<"$config" >/dev/null || fail "no labels"
}
