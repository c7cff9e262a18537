#!/bin/sh
#
# The lab "translate", short: who runs in each life of an access, 24 references and 4, a
# shadow that is what it should be, and a stale page when nobody follows the tables.

. "$SRCDIR/tests/lab/lib.sh"

"$RINGLAB" lab translate --short --out out >log 2>&1 </dev/null || fail "status $?"
says '^  TLB miss  *nested  *[0-9]*  *4  *20  *0  *0  *0  *0  *0$'
says '^  TLB miss  *shadow  *[0-9]*  *4  *0  *0  *0  *0  *0  *0$'
says '^  guest fault  *nested  *[0-9]*  *4  *20  *1  *0  *0  *0  *0$'
says '^  VMM fault  *nested  *[0-9]*  *4  *20  *0  *1  *1 '
says '^  both  *nested  *[0-9]*  *4  *20  *1  *1  *1 '
says '^  off  *50 '
for row in 3b.1 3b.3 3c.1 3c.2 3c.4; do
	says "^  $row  holds\$"
done
says '^  3b.2  holds if'
says '^  3c.3  holds if'
"$RINGLAB" lab translate --short --set stale=5 --set forks=1 --break sync --out out >log 2>&1 \
    </dev/null
[ $? -eq 2 ] || fail "nobody follows the tables, and no claim fails"
says '^  3c.3  fails here'
