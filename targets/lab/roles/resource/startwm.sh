#!/bin/sh
# A user's remote desktop: openbox with a terminal that fills the screen. It ends with the terminal.
# Through Xsession, so that what is installed for sessions (the recording agent) takes part.
[ "$1" = desktop ] && exec openbox --startup 'sh -c "xterm -fullscreen; openbox --exit"'
cd "$HOME" || exit 1
exec /etc/X11/Xsession "/etc/xrdp/startwm.sh desktop"
