# shellcheck shell=bash
# The service from the production image against the simulator from the demo image, used with curl.

service_port=$((20000 + $$ % 10000))
sim_port=$((service_port + 10000))
ops_port=$((service_port + 20000))
volume=$work/volume
service=http://localhost:$service_port
sim=http://localhost:$sim_port

# confined ROOT NAME=VALUE… -- COMMAND…: runs COMMAND as the image would, as far as can be had without a runtime.
confined() {
    local root=$1 variables=()
    shift
    while [ "$1" != -- ]; do
        variables+=("$1")
        shift
    done
    shift
    # shellcheck disable=SC2016 # the inner shell expands it
    VOLUME=$volume exec unshare --mount sh -c '
        root=$1; shift
        mount --rbind "$root" "$root" && mount -o remount,bind,ro "$root"
        # The volume, with the owner that the image gave its folder.
        [ ! -d "$root/var/lib/portico" ] || mount --bind "$VOLUME" "$root/var/lib/portico"
        exec "$@"' sh "$root" \
        env -i "${variables[@]}" \
        setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+sys_chroot,+setuid,+setgid \
        "$(command -v chroot)" --userspec=65532:65532 --groups=65532 "$root" "$@"
}

# What the image sets, and what an operator would.
settings() {
    buildah --storage-driver vfs inspect --type image portico-test | jq -r '.Docker.config.Env[]' | grep -v '^PATH='
    printf '%s\n' "PORTICO_PUBLIC_URL=$service" "PORTICO_LISTEN=127.0.0.1:$service_port" \
        "PORTICO_OPS__LISTEN=127.0.0.1:$ops_port" "PORTICO_OKTA__ORG_URL=$sim" \
        "PORTICO_OKTA__CLIENT_ID=portico-demo"
}

sign_in_through_the_images() {
    local variables
    mapfile -t variables < <(settings)
    say "starting the simulator and the service"
    cp -a "$service_root/var/lib/portico" "$volume"
    # Every container runtime puts these there.
    cp /etc/hosts /etc/resolv.conf "$demo_root/etc/"
    cp /etc/hosts /etc/resolv.conf "$service_root/etc/"
    (confined "$demo_root" -- /okta-sim --port "$sim_port") >"$work/sim.log" 2>&1 &
    started+=($!)
    answers "$sim/.well-known/openid-configuration" "$work/sim.log"
    (confined "$service_root" "${variables[@]}" -- /portico serve) >"$work/service.log" 2>&1 &
    started+=($!)
    answers "http://127.0.0.1:$ops_port/readyz" "$work/service.log"
    (confined "$service_root" "${variables[@]}" -- /portico healthcheck) || fail "healthcheck says no"
    check_confinement "${started[1]}"
    sign_in password@example.com
    sign_in otp@example.com
    stops "${started[1]}"
    say "starting the service again on the same volume"
    (confined "$service_root" "${variables[@]}" -- /portico serve) >>"$work/service.log" 2>&1 &
    started+=($!)
    answers "http://127.0.0.1:$ops_port/readyz" "$work/service.log"
    is_signed_in otp@example.com
    stops "${started[2]}"
}

# answers ADDRESS LOG: within 20 seconds.
answers() {
    for _ in $(seq 100); do
        if curl --silent --fail --output /dev/null "$1"; then return; fi
        sleep 0.2
    done
    tail -20 "$2"
    fail "no answer from $1"
}

check_confinement() {
    local status=/proc/$1/status
    grep -q '^Uid:[[:space:]]65532[[:space:]]65532' "$status" || fail "not uid 65532"
    grep -q '^CapEff:[[:space:]]0*$' "$status" || fail "has capabilities"
    grep -q '^NoNewPrivs:[[:space:]]1' "$status" || fail "may gain privileges"
    awk '$5 == "/" && $6 ~ /^ro(,|$)/ { found = 1 } END { exit !found }' "/proc/$1/mountinfo" ||
        fail "the root can be written"
    say "the service runs as 65532, without capabilities, on a read-only root"
}

# browse METHOD-ARGUMENTS… PATH: prints the status and where it leads; the page lands in $work/page.
browse() {
    curl --silent --cookie "$work/jar" --cookie-jar "$work/jar" --output "$work/page" \
        --header 'Sec-Fetch-Site: same-origin' --header "Origin: $service" --header 'Sec-Fetch-Mode: navigate' \
        --header 'Sec-Fetch-Dest: document' --header 'Accept: text/html' \
        --write-out '%{http_code} %{redirect_url}' "$@"
}

# hidden PATH: NAME=VALUE of each hidden field in the form that posts to PATH on the page last shown.
hidden() {
    sed 's/<form/\n<form/g; s/<\/form>/\n/g' "$work/page" | grep "action=\"$1\"" | head -1 |
        grep -o '<input type="hidden"[^>]*>' | sed 's/.*name="\([^"]*\)" value="\([^"]*\)".*/\1=\2/'
}

# submit PATH FIELD=VALUE…: posts the form on the page last shown, and shows the page it leads to.
submit() {
    local path=$1 fields=() answer
    shift
    for field in "$@" $(hidden "$path"); do
        fields+=(--data-urlencode "$field")
    done
    answer=$(browse "${fields[@]}" "$service$path")
    [ "${answer%% *}" = 303 ] || { tail -5 "$work/service.log" && fail "$path answered $answer"; }
    next=${answer#* }
    browse "$next" >/dev/null
}

# sign_in LOGIN: with the password and, when asked, with the code of the authenticator app.
sign_in() {
    say "signing in as $1"
    rm -f "$work/jar"
    [ "$(browse "$service/sign-in")" = "200 " ] || fail "no form"
    submit /sign-in "username=$1" password=portico-demo
    case $next in *"/sign-in/factor"*) submit /sign-in/factor factor=otp ;; esac
    case $next in *"/sign-in/code"*) submit /sign-in/code "code=$(curl --silent "$sim/phone/$1.json" | jq -r .otp)" ;; esac
    is_signed_in "$1"
}

# is_signed_in LOGIN: the browser that signed in last still is.
is_signed_in() {
    curl --silent --cookie "$work/jar" "$service/session" | jq -e ".active and .email == \"$1\"" >/dev/null ||
        fail "$1 has no session"
}

# stops PROCESS: ends by itself after SIGTERM, with exit code 0.
stops() {
    kill -TERM "$1"
    wait "$1" || fail "exit code $? after SIGTERM"
    say "the service ended cleanly after SIGTERM"
}
