/*
 * When is a modified instruction seen?
 *
 * Set-up: code that writes into the next instruction, further ahead, behind,
 * into a loop that is running, into an instruction that crosses pages, into code
 * on its stack's page, with REP STOS and LOCK, and through another mapping
 * of its page (64-bit).
 * Expected: at once, as processors of AMD do for writes by the same linear
 * address; through another mapping after a serialising instruction.
 * AMD APM vol 2, "Self-Modifying Code"; "Cache Coherency and Protocol".
 */
#include "guest.h"

#ifdef __x86_64__
#define IMM(s)	#s "+1(%rip)"
#define LEA(s, r) "lea " #s "(%rip), %r" r "\n"
#define R	"r"
#else
#define IMM(s)	#s "+1"
#define LEA(s, r) "lea " #s ", %e" r "\n"
#define R	"e"
#endif

static uint32_t
call(const void *code)
{
	uint32_t r;

	asm volatile("call *%1" : "=a"(r) : "r"(code) : "memory", "ecx", "edx", "cc");
	return r;
}

#define CODE(name, text) \
	asm(".pushsection .data\n.balign 64\n.globl " #name "\n" #name ":\n" text "\n ret\n" \
	    ".popsection"); \
	extern uint8_t name[]

CODE(next_insn, "movb $2, " IMM(next_to) "\n next_to: movl $1, %eax");
CODE(ahead, "movb $2, " IMM(ahead_to) "\n nop\n nop\n jmp 1f\n nop\n 1: nop\n"
    "ahead_to: movl $1, %eax");
CODE(loop_, "movl $5, %ecx\n xorl %edx, %edx\n 1: loop_to: movl $1, %eax\n addl %eax, %edx\n"
    "incb " IMM(loop_to) "\n decl %ecx\n jnz 1b\n movl %edx, %eax");
CODE(rep_, "push %" R "di\n" LEA(rep_to, "di") "movl $3, %ecx\n movb $0x90, %al\n rep stosb\n"
    "movl $1, %eax\n rep_to: addl $9, %eax\n pop %" R "di");
CODE(lock_, "lock incb " IMM(lock_to) "\n lock_to: movl $1, %eax");
CODE(backward, "jmp 2f\n 1: back_to: movl $1, %eax\n ret\n"
    "2: movb $2, " IMM(back_to) "\n jmp 1b");

/* An instruction across two pages whose second half is changed. */
asm(".pushsection .data\n.balign 4096\n.skip 4096 - 2\n.globl crossing\n"
    "crossing: movl $0x01010101, %eax\n ret\n .balign 4096\n .popsection");
extern uint8_t crossing[];

/* Code and stack on one page, as boot sectors have it. */
static void
stack_page(void)
{
	static uint8_t page[4096] __attribute__((aligned(4096)));
	static const uint8_t code[] = {
		0xb8, 1, 0, 0, 0,		/* mov $1, %eax */
		0x50, 0x5a, 0x50, 0x5a,		/* push, pop twice */
		0xe8, 0, 0, 0, 0, 0x5a,		/* call next; pop */
		0xc3
	};
	ulong sum = 0;

	memcpy(page + 2048, code, sizeof(code));
	for (unsigned i = 0; i < 300; i++) {
		uint32_t r;

		*(volatile uint32_t *)(page + 2049) = i;
		asm volatile("mov %%" R "sp, %%" R "bx\n mov %2, %%" R "sp\n call *%1\n"
		    "mov %%" R "bx, %%" R "sp" : "=a"(r) : "r"(page + 2048), "S"(page + 2040)
		    : "ebx", "ecx", "edx", "memory", "cc");
		sum += r;
	}
	expect(sum, 299 * 300 / 2, "code and stack on one page");
}

#ifdef __x86_64__
static void
aliased(void)
{
	uint8_t *page = page_alloc();
	volatile uint8_t *alias = (uint8_t *)VA_FREE;
	bool ok = true;

	page[0] = 0xb8;
	page[5] = 0xc3;
	map(VA_FREE, (ulong)page, PTE_P | PTE_W);
	map(VA_FREE + PAGE, (ulong)page, PTE_P | PTE_W);
	for (unsigned i = 0; i < 100 && ok; i++) {
		alias[1] = (uint8_t)i;
		cpuid(0, 0);
		ok = call((void *)(VA_FREE + PAGE)) == i && call(page) == i;
	}
	claim(ok, "written through another mapping");
	page = page_alloc();
	page[0] = 0xb8;
	page[1] = 0x55;
	page[5] = 0xc3;
	map(VA_FREE + PAGE, (ulong)page, PTE_P | PTE_W);
	expect(call((void *)(VA_FREE + PAGE)), 0x55, "another page mapped under the code");
}
#else
static void
aliased(void)
{
}
#endif

static void
crossings(void)
{
	bool first = true, second = true;

	for (unsigned i = 1; i < 100; i++) {
		((volatile uint8_t *)crossing)[1] = (uint8_t)i;
		first &= (call(crossing) & 0xff) == i;
		((volatile uint8_t *)crossing)[4] = (uint8_t)i;
		second &= call(crossing) >> 24 == i;
	}
	claim(first, "first half of an instruction across pages");
	claim(second, "second half of an instruction across pages");
}

int
main(void)
{
	expect(call(next_insn), 2, "the next instruction");
	expect(call(ahead), 2, "further ahead");
	expect(call(loop_), 1 + 2 + 3 + 4 + 5, "a loop that changes itself");
	expect(call(rep_), 1, "REP STOS over what follows");
	expect(call(lock_), 2, "LOCK INC of the next instruction");
	expect(call(backward), 2, "behind");
	crossings();
	stack_page();
	aliased();
	return 0;
}
