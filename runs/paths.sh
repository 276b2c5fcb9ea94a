# For scripts that leave the folder they were called from; they read this file.
absolute() { # PATH: from the root, if something is there; the name of a command or of a repository stays as it is
    if [ -e "$1" ]; then
        printf '%s/%s' "$(cd "$(dirname "$1")" && pwd)" "$(basename "$1")"
    else
        printf '%s' "$1"
    fi
}
