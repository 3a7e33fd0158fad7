# shellcheck shell=bash
# What must and must not be in the images.

# check_files ROOT BINARY…
check_files() {
    local root=$1 found wanted
    shift
    say "looking at the files with $*"
    found=$(cd "$root" && find . -type f | sort)
    wanted=$(printf './%s\n' "$@" etc/group etc/nsswitch.conf etc/passwd etc/ssl/certs/ca-certificates.crt \
        usr/share/doc/portico/licences.txt.gz usr/share/doc/portico/portico.cdx.json | sort)
    # The tool that unpacks may add empty files for mounts.
    found=$(grep -v -x -e ./etc/hosts -e ./etc/resolv.conf -e ./etc/hostname -e './run/.*' <<<"$found" || true)
    [ "$found" = "$wanted" ] || fail "other files than wanted: $(diff <(echo "$wanted") <(echo "$found") || true)"
    for binary in "$@"; do
        ! readelf --program-headers "$root/$binary" | grep -q INTERP || fail "$binary asks for a loader"
    done
    say "$(du --summarize --bytes --si "$root" | cut -f1)B in all"
    if [ "$profile" = release ] && [ "$1" = portico ] && [ $# = 1 ]; then
        local size
        size=$(du --summarize --bytes "$root" | cut -f1)
        [ "$size" -lt 19500000 ] || fail "the image takes $size bytes, 19.5 MB at most"
        ! strings "$root/portico" | grep -q portico-demo || fail "the demo is in the production binary"
    fi
}

# check_contents ROOT: the list of what the binary is made of names every crate that its build had to compile for it.
check_contents() {
    say "looking at what the binary is made of"
    local folder=$1/usr/share/doc/portico listed built name
    # What the production image is built of, as cargo sees it without our list.
    built=$(cargo tree --locked --offline --package portico --no-default-features --edges normal,no-proc-macro \
        --prefix none --format '{p}' | grep -v ' (/' | sed 's/ (\*)$//; s/ v/ /' | sort -u)
    listed=$(jq --raw-output '.components[] | select(.purl | startswith("pkg:cargo/"))
        | select(.hashes[0].content | test("^[0-9a-f]{64}$")) | select(.licenses[0].expression | length > 2)
        | "\(.name) \(.version)"' "$folder/portico.cdx.json" | sort)
    [ "$listed" = "$built" ] || fail "the list of crates differs: $(diff <(echo "$built") <(echo "$listed") || true)"
    for name in rust-std glibc libgcc ca-certificates; do
        jq -e --arg name "$name" 'any(.components[]; .name == $name)' "$folder/portico.cdx.json" >/dev/null ||
            fail "$name is not listed"
    done
    zcat "$folder/licences.txt.gz" >"$work/licences"
    for name in 'Apache License' 'GNU Lesser General Public License' 'Mozilla Public License' 'GCC RUNTIME LIBRARY EXCEPTION'; do
        grep -qi "$name" "$work/licences" || fail "the licences lack the $name"
    done
    [ "$(grep -c 'comes without the text' "$work/licences")" -lt 6 ] || fail "too many licences without their text"
    say "$(wc -l <<<"$listed") crates are listed, with $(($(wc -c <"$work/licences") / 1024)) KiB of licences"
}

check_settings() {
    say "looking at the settings of the images"
    local config
    config=$(buildah --storage-driver vfs inspect --type image "${tags[production]}" | jq .Docker.config)
    jq -e '.User == "65532:65532"' <<<"$config" >/dev/null || fail "the user is not 65532"
    jq -e '.Entrypoint == ["/portico"] and .Cmd == ["serve"]' <<<"$config" >/dev/null || fail "wrong command"
    jq -e '.Healthcheck.Test == ["CMD", "/portico", "healthcheck"]' <<<"$config" >/dev/null || fail "no health check"
    jq -e '.Volumes | has("/var/lib/portico")' <<<"$config" >/dev/null || fail "no volume for the store"
    jq -e '.ExposedPorts | has("8080/tcp")' <<<"$config" >/dev/null || fail "port 8080 is not exposed"
    jq -e --arg revision "$revision" '.Labels["org.opencontainers.image.revision"] == $revision' <<<"$config" >/dev/null ||
        fail "the image does not say which commit it is"
    # The metric portico_build_info says it.
    grep -q "$revision" "${roots[production]}/portico" || fail "the binary does not know which commit it is"
    jq -e '.Labels["org.opencontainers.image.licenses"] == "Apache-2.0"' <<<"$config" >/dev/null || fail "no labels"
}

# By `buildah run` with nothing around it: the image's own user, and an exit code for each command.
check_commands() {
    say "running the commands in the image"
    local alone=(buildah --storage-driver vfs run --isolation chroot "${made[production]}" --)
    ends 0 "${alone[@]}" /portico --version
    grep -qx "portico $(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)" "$work/output" || fail "another version"
    ends 2 "${alone[@]}" /portico check # no settings
    ends 2 "${alone[@]}" /portico no-such-command
    ends 0 contained portico /portico check
    ends 1 contained portico /portico healthcheck # nothing runs
}

# ends CODE COMMAND…
ends() {
    local wanted=$1 code=0
    shift
    "$@" >"$work/output" 2>&1 || code=$?
    [ "$code" = "$wanted" ] || { cat "$work/output" && fail "exit code $code, not $wanted, of: $*"; }
}

# check_confinement SERVICE
check_confinement() {
    local process
    process=$(inner "$1")
    local status=/proc/$process/status
    grep -q '^Uid:[[:space:]]65532[[:space:]]65532[[:space:]]65532[[:space:]]65532$' "$status" || fail "$1 is not uid 65532"
    grep -q '^Cap\(Eff\|Prm\|Inh\|Amb\):[[:space:]]*0*[^0[:space:]]' "$status" && fail "$1 has capabilities"
    grep -q '^NoNewPrivs:[[:space:]]1' "$status" || fail "$1 may gain privileges"
    grep -q '^Seccomp:[[:space:]]2' "$status" || fail "$1 may make any system call"
    awk '$5 == "/" && $6 ~ /^ro(,|$)/ { found = 1 } END { exit !found }' "/proc/$process/mountinfo" ||
        fail "the root of $1 can be written"
    say "$1 runs as 65532, without capabilities, filtered, on a read-only root"
}

# check_idle SERVICE: what it takes before anybody has asked for a page. The dev profile takes more.
check_idle() {
    local memory
    memory=$(awk '/^VmRSS:/ { print $2 }' "/proc/$(inner "$1")/status")
    say "$1 takes $memory KiB of memory while idle"
    [ "$profile" != release ] || [ "$memory" -lt $((13 * 1024)) ] || fail "$1 takes more than 13 MiB while idle"
}

# check_limits SERVICE: it stays within what the file will hold it to.
check_limits() {
    local process memory threads
    process=$(inner "$1")
    memory=$(awk '/^VmHWM:/ { print $2 }' "/proc/$process/status")
    threads=$(awk '/^Threads:/ { print $2 }' "/proc/$process/status")
    [ "$memory" -lt $(($(of "$1" '.mem_limit | rtrimstr("m")') * 1024)) ] || fail "$1 took $memory KiB of memory"
    [ "$threads" -lt "$(of "$1" .pids_limit)" ] || fail "$1 has $threads threads"
    say "$1 took $((memory / 1024)) MiB of memory at most and has $threads threads"
}
