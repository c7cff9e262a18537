# Hangs, with a child that must not survive.
echo "before the hang"
sleep 1000 &
echo $! >"$HANG_PID"
wait
