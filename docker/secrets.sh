#!/bin/sh
# Makes those secrets of a set-up that can be made here, readable by Portico (65532) and root alone. What is there stays.
#
#   sudo sh docker/secrets.sh FOLDER [valkey]
#
# The key ring is made by `docker run --rm portico:0.1.0`, or by the program that PORTICO names.
set -eu
folder=$1 store=${2:-}
umask 077
mkdir -p "$folder"
chown 0:65532 "$folder"
# The store's own user has to look up its file here, too.
chmod 711 "$folder"

# make NAME OWNER COMMAND…: the file NAME with what COMMAND prints, whole or not at all.
make() {
    file=$folder/$1 owner=$2
    shift 2
    if [ -e "$file" ]; then
        echo "$file is there already"
        return
    fi
    "$@" >"$file.new"
    chown "$owner" "$file.new"
    chmod 440 "$file.new"
    mv "$file.new" "$file"
    echo "$file is made"
}

random() { head -c 32 /dev/urandom | base64 | tr -d '=+/\n'; }

new_keys() {
    if [ -n "${PORTICO:-}" ]; then "$PORTICO" keys new; else docker run --rm portico:0.1.0 keys new; fi
}

# The one user of the store, known by the hash of its password. docs/production.md says why these commands.
valkey_users() {
    echo 'user default reset off'
    echo "user portico on #$(printf %s "$(cat "$folder/valkey-password")" | sha256sum | cut -d' ' -f1) ~{portico}* &{portico}*" \
        '+@read +@write +@scripting +@connection +subscribe +publish +wait +info'
}

make portico-keys.toml 0:65532 new_keys
if [ "$store" = valkey ]; then
    make admin-token 0:65532 random
    make valkey-password 0:65532 random
    # 999 is the user of the image valkey/valkey.
    make valkey.acl 999:999 valkey_users
fi
