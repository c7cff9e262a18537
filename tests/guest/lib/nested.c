/*
 * tests/guest/lib/nested.c - a guest under nested paging with a page to try
 */
#include "nested.h"

#include <stdarg.h>

struct space guest_pt, nested_pt;
uint8_t *try_page;
ulong try_gpa;

asm(".pushsection .text\n"
    ".globl try_read, try_write, try_fetch, try_rmw, try_push\n"
    "try_read: mov (%rbx), %al\n vmmcall\n"
    "try_write: mov %al, (%rbx)\n vmmcall\n"
    "try_fetch: call *%rbx\n vmmcall\n"
    "try_rmw: addl $0, (%rbx)\n vmmcall\n"
    "try_push: lea 8(%rbx), %rsp\n push $0\n vmmcall\n"
    ".popsection");

void
nested_init(void)
{
	svm_init();
	if (!svm_has(SVM_NP))
		skip("no nested paging");
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	space_init(&nested_pt, 4);
	pt_identity(&nested_pt, FLAGS);
	space_init(&guest_pt, 4);
	pt_identity(&guest_pt, FLAGS);
	try_page = page_alloc();
	try_gpa = (ulong)try_page;
	pt_entry(&nested_pt, try_gpa, 1);
	pt_entry(&guest_pt, TRY_VA, 1);
}

void
nested_guest(const void *code, uint64_t va)
{
	guest64(code);
	vmcb->cr3 = guest_pt.root;
	vmcb->efer |= EFER_NXE;
	vmcb->cr2 = 0x2222;
	guest_nested(&nested_pt);
	pt_set(&guest_pt, TRY_VA, 1, try_gpa | FLAGS);
	try_page[0] = 0xc3;
	gr.bx = (ulong)va;
}

void
nested_change(uint64_t gpa, unsigned level, uint64_t set, uint64_t clear)
{
	pt_set(&nested_pt, gpa, level, (pt_get(&nested_pt, gpa, level) | set) & ~clear);
}

void
expect_npf(uint64_t info, uint64_t gpa, const char *name, ...)
{
	uint64_t code = run();
	bool ok = info == 0 ? code == EXIT_VMMCALL && guest_vector() == NONE :
	    code == EXIT_NPF && vmcb->info1 == info && vmcb->info2 == gpa;
	va_list ap;

	if (!claim_counts(ok))
		return;
	print(ok ? "ok " : "not ok ");
	va_start(ap, name);
	vprint(name, ap);
	va_end(ap);
	if (!ok)
		print(" # exit %lx (%lx, %lx) vector %s, expected %lx at %lx", (ulong)code,
		    (ulong)vmcb->info1, (ulong)vmcb->info2, vector_name(guest_vector()),
		    (ulong)info, (ulong)gpa);
	print("\n");
}
