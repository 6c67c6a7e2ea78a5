#!/usr/bin/env bash
# Unpacks the seeds of the fuzz targets to where cargo-fuzz reads them, or adds some:
#     fuzz/seeds.sh unpack
#     fuzz/seeds.sh add records FILE...
set -euo pipefail
# `*` sorts by bytes then, on any machine.
export LC_ALL=C
seeds="$(dirname "$0")/seeds"

unpack() { # archive, directory
    mkdir -p "$2"
    tar -xzf "$1" -C "$2"
}

# Whose files they are and when they were written stays out: the same seeds make the same archive.
pack() { # directory, archive
    (cd "$1" && tar --format=ustar --mode=0644 --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - -- *) |
        gzip -n9 >"$2"
}

add() { # target, file...
    local archive="$seeds/$1.tar.gz" work file name
    shift
    work="$(mktemp -d)"
    # shellcheck disable=SC2064 # `work` is gone when the trap runs.
    trap "rm -rf '$work'" EXIT
    unpack "$archive" "$work/seeds"
    for file in "$@"; do
        name="$(basename "$file")"
        if [ -e "$work/seeds/$name" ]; then
            echo "$archive has a seed named $name already: rename the new one" >&2
            exit 1
        fi
        cp "$file" "$work/seeds/$name"
    done
    pack "$work/seeds" "$work/archive"
    cp "$work/archive" "$archive"
}

case "${1:-}" in
unpack)
    for archive in "$seeds"/*.tar.gz; do
        unpack "$archive" "${archive%.tar.gz}"
    done
    ;;
add)
    add "${@:2}"
    ;;
*)
    sed -n '2,4s/^# *//p' "$0" >&2
    exit 2
    ;;
esac
