# Runs a cargo-make task and shows what its commands print, but not what cargo-make tells about itself: its own
# quiet mode would silence the commands as well.
exec 4>&1
status=$(
    {
        {
            cargo make --no-color --disable-check-for-updates "$@" 3>&- 4>&-
            echo $? >&3
        } | while IFS= read -r line; do
            case $line in
            '[cargo-make]'*' INFO - '*) ;;
            *) printf '%s\n' "$line" >&4 ;;
            esac
        done
    } 3>&1
)
exit "$status"
