/*
 * lab/checkpoint.c - the lab "checkpoint": going back, and what the world saw
 *
 * Claims 1g and 1h.  docs/checkpoint.md has the mechanism.
 */
#include "lab/checkpoint_priv.h"
#include "lab/labs.h"

static const struct lab_setting keys[] = {
	{ "time", KEY_TIME, "1s", "100ms", 50 * (uint64_t)MS, 60000 * (uint64_t)MS, NULL,
	    "virtual time of each run of the sweep" },
	{ "set", KEY_NUMBER, "2048", NULL, 1, 8192, NULL, "writable working set, in pages" },
	{ "gap", KEY_TIME, "20us", NULL, 1 * US, 10 * MS, NULL, "time between two writes of the "
	    "guest" },
	{ "wire", KEY_TIME, "100us", NULL, 0, 100 * MS, NULL, "from a client to the machine, "
	    "and back" },
	{ "every", KEY_TIME, "25ms", NULL, 2 * MS, 1000 * MS, NULL,
	    "epoch of the parts that are not the sweep" },
	{ "pause", KEY_TIME, "40us", NULL, 0, 100 * MS, NULL, "model: fixed stop at an epoch's "
	    "end" },
	{ "copy", KEY_NUMBER, "500", NULL, 0, 1000000, NULL, "model: cycles to copy a page at "
	    "the stop" },
	{ "fault", KEY_NUMBER, "4000", NULL, 0, 1000000, NULL,
	    "model: cycles of a copy at the first write" },
	{ "rollbacks", KEY_NUMBER, "40", "12", 1, 1000, NULL, "for each kind of output buffer" },
	{ "seeds", KEY_NUMBER, "100", "20", 1, 1000, NULL, "arrivals that are tried after a "
	    "rollback" },
	{ .name = NULL }
};

static const struct lab_claim claims[] = {
	{ "1g.1", VERDICT_HOLDS_IF },
	{ "1g.2", VERDICT_HOLDS },
	{ "1h.1", VERDICT_HOLDS_IF },
	{ "1h.2", VERDICT_HOLDS },
	{ NULL, VERDICT_HOLDS }
};

static const struct lab_mechanism mechanisms[] = {
	{ "hold", "nothing waits: output leaves when it is made, whatever the buffer is set to" },
	{ "log", "inputs that were logged are fed again at other moments than they came" },
	{ NULL, NULL }
};

const char *
checkpoint_hold_name(enum outbuf_hold hold)
{
	return hold == OUTBUF_ALL ? "all" : hold == OUTBUF_TCP_ONLY ? "tcp" : "none";
}

struct shop_config
checkpoint_shop(const struct lab_run *r, uint64_t every, enum outbuf_hold hold)
{
	return (struct shop_config){
		.set = lab_number(r, "set"),
		.gap = lab_number(r, "gap"),
		.stock = 1,
		.every = every,
		.hold = lab_is_broken(r, "hold") ? OUTBUF_NOTHING : hold,
	};
}

static bool
run(struct lab_run *r)
{
	return checkpoint_cost(r) && checkpoint_timeline(r) && checkpoint_book(r) &&
	    checkpoint_classes(r) && checkpoint_seeds(r);
}

const struct lab lab_checkpoint = {
	.name = "checkpoint",
	.question = "What do epochs cost and delay, and what does a client see after a rollback?",
	.keys = keys,
	.claims = claims,
	.mechanisms = mechanisms,
	.page = {
		.mechanism =
	"The run is cut into epochs. At the end of one the machine's state is put away: that "
	"is the checkpoint. What the guest sends meanwhile waits in an output buffer and "
	"leaves when the state it came from is safe. When the machine fails it is put back to "
	"the last checkpoint and what waits is dropped, so nobody outside has seen anything of "
	"the future that did not happen.\n\nTwo things follow. Each epoch costs a stop and a "
	"copy of the pages that were written in it, once each however often: fewer, longer "
	"epochs cost less. And each reply waits for the end of its epoch: longer epochs answer "
	"later. The best length is somewhere between.\n\nThe rule (output commit): release(o) "
	"only when every event that o depends on is stable. It is about output. Input may be "
	"lost, as on a real wire.",
		.setup =
	"A guest writes to a random one of `set' pages every `gap' and serves a bookshop: it "
	"sells books and takes payments over TCP and UDP, tells a name server outside of new "
	"names by UDP, and answers ARP and ping. Clients and name server are in the lab, "
	"`wire' away. ringlab's own checkpoints and output buffer (--checkpoint-every, "
	"--output-buffer) run around the machine.\n\nPages, moments and replies are measured, "
	"in virtual time. The overhead is a model over the measured pages: the end of an epoch "
	"costs this machine nothing in virtual time, so it is (pause + pages * copy) / T for a "
	"stop and copy, and (pause + pages * (copy + fault)) / T for a copy at the first "
	"write. 500 and 4000 cycles are published figures.\n\nTCP here is segments of "
	"established connections, a message in each; connections through real stacks and real "
	"rollbacks are in tests/checkpoint/hostfwd.sh.",
		.question = {
	"Overhead and delay against the length of an epoch: which falls, which rises, and why "
	"does neither go on for ever?",
	"A client that sends its next request when it has the reply to the last: does it wait "
	"half an epoch for each, less, or more?",
	"Only TCP is held, because UDP may lose datagrams. The machine is taken back. Can "
	"somebody outside notice?" },
		.vary =
	"`--set set=64' or `set=8192': where does the number of dirty pages stop growing? "
	"`--set gap=200us': a guest that hardly writes. `--set wire=10ms': does the closed "
	"client still lose a whole epoch? `--break hold' shows both buyers with a receipt; "
	"`--break log' feeds the logged inputs at other moments. `--model "
	"\"set*(1-(1-1/set)^8)\"' or your own formula for dirty pages over T.",
		.misconception =
	"That going back brings the same future again. It does only when everything that came "
	"from outside is fed again at the very instructions where it came. And that datagrams "
	"may leave early because UDP may lose them: a lost datagram says nothing, one that was "
	"sent from a future that did not happen says what is not so." },
	.run = run,
};
