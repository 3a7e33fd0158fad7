# shellcheck shell=bash
# docker/compose.yaml and docker/compose.demo.yaml as they stand: roots, commands, users, environment, ports, volumes, health
# checks and hardening are read from the files, and none of them is written here.

# An address that the network of the services has besides loopback, as a container's has. It leads nowhere else.
address=192.0.2.2

declare -A outer=()
routes=()

read_compose() {
    say "reading the compose files"
    local name file
    for file in docker/compose.yaml docker/compose.demo.yaml; do
        /usr/bin/python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)' <"$file"
    done | jq --slurp '{services: map(.services) | add}' >"$work/compose.json"
    for name in okta-sim portico demo; do
        [ "$(of "$name" '.build | "\(.context) \(.dockerfile)"')" = ".. docker/Dockerfile" ] ||
            fail "$name is built of something else"
        [ "$(of "$name" .ulimits.core)" = 0 ] || fail "a crash of $name may write its memory to the disk"
    done
    [ "$(of portico .network_mode)" = service:okta-sim ] || fail "the service does not share the org's network"
    service=$(of portico .environment.PORTICO_PUBLIC_URL)
    sim=$(of portico .environment.PORTICO_OKTA__ORG_URL)
}

# of SERVICE FILTER: what the file says of a service; fails when it says nothing.
of() { jq --exit-status --raw-output --arg name "$1" ".services[\$name] | $2" "$work/compose.json"; }

target_of() { of "$1" .build.target; }

# What a service runs: as the file says, or else its image.
command_of() {
    local image
    image=$(buildah --storage-driver vfs inspect --type image "${tags[$(target_of "$1")]}" | jq .Docker.config)
    of "$1" "(.entrypoint // $(jq .Entrypoint <<<"$image"))[], (.command // $(jq .Cmd <<<"$image"))[]"
}

# A network of its own, so that the ports of the file are free whatever else runs here.
make_network() {
    unshare --net sh -c "ip link set lo up && ip address add $address/32 dev lo && exec sleep infinity" &
    network=$!
    started+=("$network")
    until in_network ip -oneline address | grep -q "$address"; do
        kill -0 "$network" || fail "no network of our own"
        sleep 0.1
    done
    # From outside a service is reached by a published port or not at all.
    local published
    published=$(jq --raw-output '[.services[].ports // [] | .[]] | unique[]' "$work/compose.json")
    while IFS=: read -r host from to; do
        [ "$host" = 127.0.0.1 ] || fail "port $to is published to others than this machine"
        routes+=(--connect-to "localhost:$from:$address:$to")
    done <<<"$published"
    routes+=(--connect-to "::192.0.2.1:") # nobody is there
}

in_network() { nsenter --net="/proc/$network/ns/net" "$@"; }

fetch() { in_network curl --silent "${routes[@]}" "$@"; }

# contained SERVICE COMMAND…: runs COMMAND in the container of that service. `buildah run` knows users, capabilities and a
# filter of system calls, but neither a read-only root nor "no new privileges"; these are put around it.
contained() {
    local target mode=rw options=() around=() listed
    target=$(target_of "$1")
    listed=$(of "$1" '"--user=\(.user)", (.cap_drop[] | "--cap-drop=\(.)"),
        (.environment // {} | to_entries[] | "--env=\(.key)=\(.value)")')
    mapfile -t options <<<"$listed"
    listed=$(of "$1" '.volumes // [] | .[]' || true)
    while IFS=: read -r name folder && [ -n "$name" ]; do
        # A new volume gets the owner of the folder in the image.
        [ -d "$work/volumes/$name" ] || cp -a "${roots[$target]}$folder" "$work/volumes/$name"
        options+=("--volume=$work/volumes/$name:$folder")
    done <<<"$listed"
    ! of "$1" .read_only >/dev/null || mode=ro
    ! of "$1" '.security_opt | index("no-new-privileges:true")' >/dev/null || around=(setpriv --no-new-privs)
    shift
    # buildah leaves a file in /run and stumbles when it cannot take it back.
    # shellcheck disable=SC2016 # the inner shell expands it
    in_network unshare --mount --pid --fork --kill-child sh -c '
        root=$1 mode=$2; shift 2
        mount --rbind "$root" "$root" && mount -o "remount,bind,$mode" "$root" &&
            mount -t tmpfs -o size=64k,mode=755 run "$root/run" && exec "$@"' sh "${roots[$target]}" "$mode" \
        "${around[@]}" buildah --storage-driver vfs run --isolation chroot "${options[@]}" "${made[$target]}" -- "$@"
}

# start SERVICE: in the background.
start() {
    local words
    words=$(command_of "$1")
    mapfile -t words <<<"$words"
    contained "$1" "${words[@]}" >>"$work/$1.log" 2>&1 &
    outer[$1]=$!
    started+=($!)
}

# inner SERVICE: the process of the service itself, below those that contain it.
inner() {
    local process=${outer[$1]} child
    while child=$(children "$process") && [ -n "$child" ]; do
        process=${child%% *}
    done
    echo "$process"
}

# is_healthy SERVICE: within 30 seconds, by the file's own check.
is_healthy() {
    local check
    [ "$(of "$1" '.healthcheck.test[0]')" = CMD ] || fail "the health check of $1 wants a shell"
    mapfile -t check < <(of "$1" '.healthcheck.test[1:][]')
    local until=$((SECONDS + 30))
    until contained "$1" "${check[@]}" >"$work/health.log" 2>&1; do
        kill -0 "${outer[$1]}" && [ "$SECONDS" -lt "$until" ] ||
            { tail -20 "$work/$1.log" "$work/health.log" && fail "$1 is not healthy"; }
        sleep 0.3
    done
}

# stops SERVICE: ends by itself at the file's signal and within its time, with exit code 0.
stops() {
    local signal grace began=$SECONDS
    signal=$(of "$1" '.stop_signal // "SIGTERM"')
    grace=$(of "$1" '.stop_grace_period // "10s" | rtrimstr("s")')
    kill "-$signal" "$(inner "$1")"
    wait "${outer[$1]}" || fail "$1 ended with $? after $signal"
    [ $((SECONDS - began)) -le "$grace" ] || fail "$1 took $((SECONDS - began)) s to end, $grace at most"
    say "$1 ended cleanly after $signal"
}
