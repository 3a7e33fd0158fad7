# shellcheck shell=bash
# The service from the production image against the simulator from the demo image, used as a browser uses it.

sign_in_through_the_images() {
    say "starting the simulator and the service"
    start okta-sim
    answers "$sim/.well-known/openid-configuration" okta-sim
    start portico
    is_healthy portico
    check_idle portico
    for name in okta-sim portico; do
        check_confinement "$name"
    done
    sign_in password@example.com
    sign_in otp@example.com
    check_limits portico
    stops portico
    say "starting the service again on the same volume"
    start portico
    is_healthy portico
    is_signed_in otp@example.com
    stops portico
    stops okta-sim
}

# The demo as its compose file runs it: reached by published ports, which loopback in a container is not.
try_the_demo() {
    say "starting the demo"
    local portal=http://localhost:8082 answer
    start demo
    answers "$portal/help" demo
    check_confinement demo
    rm -f "$work/jar"
    answer=$(browse "$portal/")
    case $answer in "303 $service/sign-in?return_to="*) ;; *) fail "the portal of the demo answers $answer" ;; esac
    sign_in otp@example.com
    [ "$(browse "$portal/")" = "200 " ] || fail "the portal of the demo does not know who is signed in"
    grep -q 'otp@example.com' "$work/page" || fail "the portal of the demo does not know otp@example.com"
    grep -qF "$portal" "$work/demo.log" || fail "the demo does not say where it is"
    check_limits demo
    stops demo
}

# answers ADDRESS SERVICE: within 30 seconds.
answers() {
    local until=$((SECONDS + 30))
    until fetch --fail --output /dev/null "$1"; do
        kill -0 "${outer[$2]}" && [ "$SECONDS" -lt "$until" ] ||
            { tail -20 "$work/$2.log" && fail "no answer from $1"; }
        sleep 0.2
    done
}

# browse METHOD-ARGUMENTS… PATH: prints the status and where it leads; the page lands in $work/page.
browse() {
    fetch --cookie "$work/jar" --cookie-jar "$work/jar" --output "$work/page" \
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
    [ "${answer%% *}" = 303 ] || { tail -5 "$work/portico.log" && fail "$path answered $answer"; }
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
    case $next in *"/sign-in/code"*) submit /sign-in/code "code=$(fetch "$sim/phone/$1.json" | jq -r .otp)" ;; esac
    is_signed_in "$1"
}

# is_signed_in LOGIN: the browser that signed in last still is.
is_signed_in() {
    fetch --cookie "$work/jar" "$service/session" | jq -e ".active and .email == \"$1\"" >/dev/null ||
        fail "$1 has no session"
}
