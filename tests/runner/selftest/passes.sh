# Passes, in an empty directory and with nothing to read.
[ "$(ls)" = output ] && [ -z "$(cat)" ] && [ -d "$SRCDIR" ]
