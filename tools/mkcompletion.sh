#!/bin/sh
#
# mkcompletion.sh SRCDIR - bash completion for ringlab, to standard output
#
# Made of the tables the program is made of, ui/options.def and ui/monitor.def.

set -eu
src=$1

# names MACRO FILE: "NAME<tab>ARGUMENT" of each row
names() {
	awk -F '"' -v macro="$1(" 'index($0, macro) == 1 {
		print $2 "\t" ($3 == ", " ? $4 : "")
	}' "$2"
}

# What the argument of an option may be, as the body of a case
options() {
	names OPTION "$src/ui/options.def" | awk -F '\t' '
	$2 ~ /DIR/ { print "\t" $1 ") COMPREPLY=($(compgen -d -- \"$cur\")); return ;;"; next }
	$2 ~ /FILE|IMAGE|OVERLAY/ {
		print "\t" $1 ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;"; next }
	$2 ~ /^[a-z0-9]+(\|[a-z0-9]+)*$/ {
		gsub(/\|/, " ", $2)
		print "\t" $1 ") COMPREPLY=($(compgen -W \"" $2 "\" -- \"$cur\")); return ;;"; next }
	$2 ~ /^[^[]/ { print "\t" $1 ") return ;;" }'
}

cat <<END
# bash completion for ringlab(1) - made by tools/mkcompletion.sh

_ringlab_options="$(names OPTION "$src/ui/options.def" | cut -f 1 | tr '\n' ' ')"
_ringlab_lab_options="--set --seed --break --guest --vmm --short --out --predict --model --blank --help"
_ringlab_commands="$(names COMMAND "$src/ui/monitor.def" | cut -f 1 | sort -u)"

# The argument of option \$1
_ringlab_argument()
{
	case \$1 in
$(options)
	*)	return 1 ;;
	esac
}
END
cat <<'END'

# ringlab monitor SOCKET COMMAND...: the next word of each command that begins so
_ringlab_monitor()
{
	local line words
	if [ "$COMP_CWORD" -eq 2 ]; then
		COMPREPLY=($(compgen -f -- "$cur"))
		return
	fi
	line="${COMP_WORDS[*]:3:COMP_CWORD-3} "
	line=${line# }
	if [ "$line" = "screendump " ]; then
		COMPREPLY=($(compgen -f -- "$cur"))
		return
	fi
	line=${line#help }
	words=$(printf '%s\n' "$_ringlab_commands" | while IFS= read -r name; do
		case $name in
		"$line"*) name=${name#"$line"}; printf '%s\n' "${name%% *}" ;;
		esac
	done)
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

# ringlab lab NAME --set KEY...: labs are what "ringlab lab list" says
_ringlab_lab()
{
	local labs
	case $prev in
	--out)	COMPREPLY=($(compgen -d -- "$cur")); return ;;
	--set|--break)
		COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" lab "${COMP_WORDS[2]}" --help 2>/dev/null |
		    awk -v part="${prev#--}" '/^[A-Z]/ { on = index($0, "--" part) }
			on && /^  / { print part == "set" ? $1 "=" : $1 }')" -- "$cur"))
		return ;;
	--seed|--model) return ;;
	--guest) COMPREPLY=($(compgen -W "ours linux" -- "$cur")); return ;;
	--vmm)	COMPREPLY=($(compgen -W "ours kvm" -- "$cur")); return ;;
	esac
	if [ "$COMP_CWORD" -eq 2 ]; then
		labs=$("${COMP_WORDS[0]}" lab list 2>/dev/null | cut -d ' ' -f 1)
		COMPREPLY=($(compgen -W "list claims verify $labs" -- "$cur"))
	elif [ "${COMP_WORDS[2]}" = verify ]; then
		COMPREPLY=($(compgen -f -- "$cur"))
	else
		COMPREPLY=($(compgen -W "$_ringlab_lab_options" -- "$cur"))
	fi
}

_ringlab()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} dashes
	COMPREPLY=()
	if [ "$COMP_CWORD" -gt 1 ] && [ "${COMP_WORDS[1]}" = monitor ]; then
		_ringlab_monitor
		return
	fi
	if [ "$COMP_CWORD" -gt 1 ] && [ "${COMP_WORDS[1]}" = lab ]; then
		_ringlab_lab
		return
	fi
	# "=" is a word of its own
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ] && [ "$COMP_CWORD" -gt 2 ]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	case $prev in
	--*)	_ringlab_argument "${prev#--}" && return ;;
	-*)	_ringlab_argument "${prev#-}" && return ;;
	esac
	case $cur in
	-*)	dashes=-
		[ "${cur#--}" = "$cur" ] || dashes=--
		COMPREPLY=($(compgen -P "$dashes" -W "$_ringlab_options" -- "${cur#"$dashes"}")) ;;
	*)	COMPREPLY=($(compgen -f -- "$cur"))
		[ "$COMP_CWORD" -ne 1 ] || COMPREPLY+=($(compgen -W "monitor lab hub" -- "$cur")) ;;
	esac
}

complete -o filenames -F _ringlab ringlab
END
