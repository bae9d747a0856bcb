# Makes the C: drive of the pilot. Its system folder holds copies of what Debian's package of Wine holds: links instead
# keep 600 MB out of the image.
install --directory --owner=recette --group=recette /var/lib/windows
systemctl enable --now windows
drive=/var/lib/windows/drive_c
for file in /usr/lib/x86_64-linux-gnu/wine/x86_64-windows/*; do
    copy="$drive/windows/system32/$(basename "$file")"
    ! cmp --quiet "$file" "$copy" || ln --symbolic --force "$file" "$copy"
done
for program in certutil findstr; do # Wine's own are there, but only stubs
    rm -f $drive/windows/system32/$program.exe
    x86_64-w64-mingw32-gcc -Wall -Wextra -Werror -Os -s -o $drive/windows/system32/$program.exe \
        /usr/local/src/$program.c -lbcrypt -lshlwapi
    windows "reg add HKCU\\Software\\Wine\\DllOverrides /v $program.exe /d native /f" < /dev/null
done
install --directory --owner=recette --group=recette $drive/ProgramData/Cleanroom
printf '[client]\r\nportal={{ portal }}\r\n' > $drive/ProgramData/Cleanroom/client.ini
chown recette:recette $drive/ProgramData/Cleanroom/client.ini
