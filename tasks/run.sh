# Runs a cargo-make task without cargo-make's own log lines. Its quiet mode would also silence the commands.
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
