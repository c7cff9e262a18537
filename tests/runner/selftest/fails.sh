# Fails after more output than is shown.
i=0
while [ $i -lt 100 ]; do
	echo "line $i"
	i=$((i + 1))
done
exit 3
