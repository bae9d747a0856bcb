#!/bin/sh
# Runs a command line in this pilot's Windows as the SSH server of a Windows machine does, by cmd /c; without one, cmd.
# It comes in a batch file, since Wine escapes the quotes in what Linux programs hand to it; and a script for cmd comes
# in a file too, since Wine's cmd loses what a pipe holds beyond the line that it is at.
[ "$(id -un)" = recette ] || exec runuser -u recette -- "$0" "$@"
export HOME=/home/recette WINEPREFIX=/var/lib/windows WINEDEBUG=-all
cd
[ -n "$1" ] || exec wine cmd
folder=$(mktemp --directory)
trap 'rm -r "$folder"' EXIT
printf '@%s\r\n' "$1" > "$folder/command.bat"
case $1 in
    cmd*) cat > "$folder/script"; exec < "$folder/script" ;;
esac
wine cmd /d /q /c "Z:$folder/command.bat"
