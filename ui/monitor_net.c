/*
 * ui/monitor_net.c - commands about the network
 */
#include <stdio.h>
#include <string.h>

#include "ui/monitor_priv.h"

void
monitor_do_info_network(struct monitor_call *call)
{
	const struct monitor_net *net = call->mon->net;

	if (net)
		net->describe(net->arg, monitor_line, call);
}

/* "[ID] RULE" */
static void
forward(struct monitor_call *call, bool add)
{
	const struct monitor_net *net = call->mon->net;
	char words[MONITOR_LINE], *id = words, *rule;
	const char *why = "there is no network";

	snprintf(words, sizeof(words), "%s", call->args);
	words[strcspn(words, "\t")] = '\0';
	rule = strchr(words, ' ');
	if (rule) {
		*rule++ = '\0';
		rule += strspn(rule, " ");
	}
	if (!rule || !*rule) {
		rule = words;
		id = NULL;
	}
	rule[strcspn(rule, " ")] = '\0';
	if (net)
		why = net->forward(net->arg, id, rule, add);
	if (why)
		monitor_say(call, "%s: %s", rule, why);
}

void
monitor_do_hostfwd_add(struct monitor_call *call)
{
	forward(call, true);
}

void
monitor_do_hostfwd_remove(struct monitor_call *call)
{
	forward(call, false);
}
