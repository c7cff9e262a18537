/*
 * tests/unit/event_test.c - exceptions, interrupts, IRET, tasks, debug traps
 *
 * AMD APM vol 2 chapters 8 "Exceptions and Interrupts", 12 "Task Management"
 * and 13 "Software Debug and Performance Resources".
 */
#include "tests/unit/cpu_box.h"

static struct box *b;
static struct cpu *c;

static void
setup_real(void)
{
	b = box_new(NULL);
	c = b->c;
	c->seg[SEG_CS].base = 0;
	c->seg[SEG_CS].sel = 0;
	c->rip = 0x7c00;
	c->gpr[RSP] = 0x7000;
	for (unsigned v = 0; v < 256; v++)
		phys_st32(b->pm, v * 4, 0x12340000 | (v * 16));
	cpu_mode_update(c);
}

static void
setup_protected(void)
{
	b = box_new(NULL);
	c = b->c;
	box_protected(b);
}

static void
setup_long(void)
{
	b = box_new(NULL);
	c = b->c;
	box_long(b);
}

static void
teardown(void)
{
	box_free(b);
}

static void
irq(unsigned vector)
{
	b->vector = (int)vector;
	cpu_set_intr(c, true);
}

/* ---- real mode ---- */

START_TEST(real_int_pushes_flags_cs_ip)
{
	c->rflags |= F_IF | F_TF | F_AC;
	c->rip = 0x7c00;
	EXEC(b, 0xcd, 0x21);
	ck_assert_uint_eq(c->seg[SEG_CS].base + c->rip, 0x12340 + 0x210);
	ck_assert_uint_eq(c->gpr[RSP], 0x6ffa);
	ck_assert_uint_eq(box_stack(b, 0, 2), 0x7c02);
	ck_assert_uint_eq(box_stack(b, 1, 2), 0);
	ck_assert_uint_eq(box_stack(b, 2, 2), 0x302);
	ck_assert(!(c->rflags & (F_IF | F_TF | F_AC)));
}
END_TEST

START_TEST(real_exception_has_no_error_code)
{
	c->gpr[RBX] = 0xffff;
	EXEC(b, 0x8b, 0x07);				/* mov ax, [bx]: beyond the limit */
	ck_assert_uint_eq(c->rip, EXC_GP * 16);
	ck_assert_uint_eq(c->gpr[RSP], 0x6ffa);
	ck_assert_uint_eq(box_stack(b, 0, 2), 0x7c00);
}
END_TEST

START_TEST(real_iret_restores)
{
	EXEC(b, 0xcd, 0x21);
	c->rflags &= ~(uint64_t)F_IF;
	phys_st16(b->pm, c->gpr[RSP] + 4, 0x0ed7);
	EXEC(b, 0xcf);
	ck_assert_uint_eq(c->rip, 0x7c02);
	ck_assert_uint_eq(c->gpr[RSP], 0x7000);
	ck_assert_uint_eq(rflags_get(c), 0x0ed7);
}
END_TEST

START_TEST(vector_beyond_idt_limit_escalates_to_shutdown)
{
	c->idtr.limit = 0x1f;
	EXEC(b, 0xcd, 0x21);
	ck_assert_uint_eq(b->shutdowns, 1);
	ck_assert_uint_eq(c->activity, ACT_SHUTDOWN);
	ck_assert_int_eq(cpu_step(c), STOP_SHUTDOWN);
}
END_TEST

/* ---- gates ---- */

START_TEST(interrupt_gate_clears_if_trap_gate_keeps_it)
{
	box_gate(b, 0x40, 14, 0);
	box_gate(b, 0x41, 15, 0);
	c->rflags |= F_IF | F_NT;
	EXEC(b, 0xcd, 0x40);
	ASSERT_FAULT(b, 0x40, BOX_CODE + 2);
	ck_assert(!(c->rflags & (F_IF | F_NT)));
	ck_assert_uint_eq(box_stack(b, 2, 4), F_IF | F_NT | 2);
	c->rip = BOX_CODE;
	c->rflags |= F_IF;
	EXEC(b, 0xcd, 0x41);
	ck_assert(c->rflags & F_IF);
}
END_TEST

START_TEST(gate_16_pushes_words)
{
	box_gate(b, 0x40, 6, 0);
	EXEC(b, 0xcd, 0x40);
	ck_assert_uint_eq(c->rip, BOX_HANDLER(0x40) & 0xffff);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 - 6);
}
END_TEST

START_TEST(inner_level_pushes_old_stack_on_new)
{
	box_gate(b, 0x80, 15, 3);
	box_user(b);
	EXEC(b, 0xcd, 0x80);
	ASSERT_FAULT(b, 0x80, BOX_CODE + 2);
	ck_assert_uint_eq(c->cpl, 0);
	ck_assert_uint_eq(c->seg[SEG_CS].sel, SEL_CODE32);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_DATA32);
	ck_assert_uint_eq(box_stack(b, 1, 4), SEL_UCODE32);
	ck_assert_uint_eq(box_stack(b, 3, 4), BOX_STACK3);
	ck_assert_uint_eq(box_stack(b, 4, 4), SEL_UDATA32);
	EXEC(b, 0xcf);
	ASSERT_RETIRED(b, 2);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK3);
}
END_TEST

START_TEST(int_n_above_gate_dpl_is_gp_without_ext)
{
	box_user(b);
	EXEC(b, 0xcd, 0x40);
	ASSERT_FAULT(b, EXC_GP, 0x40 * 8 + 2);
	ck_assert_uint_eq(box_stack(b, 1, 4), BOX_CODE);
}
END_TEST

START_TEST(hardware_interrupt_ignores_gate_dpl)
{
	box_user(b);
	c->rflags |= F_IF;
	irq(0x40);
	ck_assert(cpu_boundary(c));
	ASSERT_FAULT(b, 0x40, BOX_CODE);
	ck_assert_uint_eq(b->acks, 1);
}
END_TEST

START_TEST(absent_gate_is_np_with_ext_for_hardware)
{
	phys_st8(b->pm, BOX_IDT + 0x40 * 8 + 5, 0x0e);
	c->rflags |= F_IF;
	irq(0x40);
	ck_assert(cpu_boundary(c));
	ASSERT_FAULT(b, EXC_NP, 0x40 * 8 + 3);
	c->rip = BOX_CODE;
	EXEC(b, 0xcd, 0x40);
	ASSERT_FAULT(b, EXC_NP, 0x40 * 8 + 2);
}
END_TEST

START_TEST(handler_in_absent_segment_is_np_of_the_selector)
{
	box_gdt(b, SEL_CODE1, box_desc(0, 0xfffff, 0xc1a));
	phys_st16(b->pm, BOX_IDT + 0x40 * 8 + 2, SEL_CODE1 & ~3);
	EXEC(b, 0xcd, 0x40);
	ASSERT_FAULT(b, EXC_NP, SEL_CODE1 & ~3);
}
END_TEST

START_TEST(fault_image_has_rf_trap_image_has_not)
{
	EXEC(b, 0x0f, 0x0b);				/* ud2 */
	ASSERT_FAULT(b, EXC_UD, BOX_CODE);
	ck_assert_uint_eq(box_stack(b, 2, 4), F_RF | 2);
	c->rip = BOX_CODE;
	EXEC(b, 0xcc);
	ASSERT_FAULT(b, EXC_BP, BOX_CODE + 1);
	ck_assert_uint_eq(box_stack(b, 2, 4), 2);
}
END_TEST

START_TEST(error_code_is_pushed_last)
{
	c->gpr[RAX] = SEL_LAST + 1;
	EXEC(b, 0x8e, 0xd8);
	ASSERT_FAULT(b, EXC_GP, SEL_LAST + 1);
	ck_assert_uint_eq(box_stack(b, 1, 4), BOX_CODE);
}
END_TEST

/* ---- escalation ---- */

/* Makes the gate of vector absent. */
static void
no_gate(unsigned vector)
{
	phys_st8(b->pm, BOX_IDT + vector * 8 + 5, 0);
}

START_TEST(contributory_in_contributory_is_double_fault)
{
	no_gate(EXC_NP);
	c->gpr[RAX] = SEL_ABSENT;
	EXEC(b, 0x8e, 0xd8);
	ASSERT_FAULT(b, EXC_DF, 0);
	ck_assert_uint_eq(box_stack(b, 1, 4), BOX_CODE);
}
END_TEST

START_TEST(contributory_in_benign_is_handled)
{
	no_gate(EXC_UD);
	EXEC(b, 0x0f, 0x0b);
	/* No EXT: #UD does not come from outside the processor. */
	ASSERT_FAULT(b, EXC_GP, EXC_UD * 8 + 2);
}
END_TEST

START_TEST(third_fault_shuts_down)
{
	no_gate(EXC_NP);
	no_gate(EXC_DF);
	c->gpr[RAX] = SEL_ABSENT;
	EXEC(b, 0x8e, 0xd8);
	ck_assert_uint_eq(b->shutdowns, 1);
	ck_assert(!cpu_wakes(c));
	cpu_raise(c, PIN_RESET);
	ck_assert(cpu_wakes(c));
	ck_assert(cpu_boundary(c));
	ck_assert_uint_eq(c->activity, ACT_RUN);
	ck_assert_uint_eq(c->rip, 0xfff0);
}
END_TEST

START_TEST(page_fault_in_page_fault_is_double_fault_with_second_cr2)
{
	box_paging(b);
	no_gate(EXC_PF);
	phys_st8(b->pm, BOX_IDT + EXC_PF * 8 + 5, 0x8e);
	/* The handler's stack is missing: level 3 pushes on BOX_STACK0. */
	box_user(b);
	box_pte(b, BOX_STACK0 - 8, 0, 1);
	phys_st32(b->pm, BOX_IDT + EXC_DF * 8, SEL_TASKGATE << 16);
	phys_st8(b->pm, BOX_IDT + EXC_DF * 8 + 5, 0x85);
	phys_st16(b->pm, BOX_IDT + EXC_DF * 8 + 2, SEL_TSS_B);
	phys_st32(b->pm, BOX_TSS_B + 28, BOX_PAGES + 0x1000);
	phys_st32(b->pm, BOX_TSS_B + 32, 0x10300);
	phys_st32(b->pm, BOX_TSS_B + 36, 2);
	phys_st32(b->pm, BOX_TSS_B + 56, BOX_STACK1);
	phys_st32(b->pm, BOX_TSS_B + 76, SEL_CODE32);
	phys_st32(b->pm, BOX_TSS_B + 80, SEL_DATA32);
	EXEC(b, 0xa1, 0x00, 0x00, 0x90, 0x00);		/* mov eax, [0x900000] */
	ck_assert_uint_eq(c->rip, 0x10300);
	ck_assert_uint_eq(c->cr2, BOX_STACK0 - 4);
	ck_assert_uint_eq(c->tr.sel, SEL_TSS_B);
	ck_assert_uint_eq(box_stack(b, 0, 4), 0);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK1 - 4);
}
END_TEST

START_TEST(page_fault_sets_cr2_and_error_code)
{
	box_paging(b);
	box_user(b);
	EXEC(b, 0xa3, 0x10, 0x00, 0x90, 0x00);		/* mov [0x900010], eax */
	ASSERT_FAULT(b, EXC_PF, PF_W | PF_U);
	ck_assert_uint_eq(c->cr2, 0x900010);
}
END_TEST

START_TEST(delivery_that_faults_writes_nothing)
{
	box_paging(b);
	box_gate(b, 0x80, 14, 3);
	box_user(b);
	phys_st32(b->pm, BOX_TSS + 4, 0x9008);		/* the frame crosses a page */
	box_pte(b, 0x8000, 0, 2);
	phys_st32(b->pm, 0x9004, 0xaaaaaaaa);
	b->c->cr0 |= CR0_WP;
	phys_st32(b->pm, BOX_TSS + 8, SEL_DATA32);
	/* #PF goes through a 32-bit gate to the same broken stack: #DF, shutdown. */
	EXEC(b, 0xcd, 0x80);
	ck_assert_uint_eq(b->shutdowns, 1);
	ck_assert_uint_eq(box_ld32(b, 0x9004), 0xaaaaaaaa);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK3);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_UDATA32);
}
END_TEST

/* ---- virtual-8086 mode ---- */

START_TEST(vm86_interrupt_saves_and_nulls_data_segments)
{
	box_vm86(b);
	EXEC(b, 0x0f, 0x0b);
	ASSERT_FAULT(b, EXC_UD, 0);
	ck_assert_uint_eq(c->cpl, 0);
	ck_assert(!(c->rflags & F_VM));
	ck_assert_uint_eq(box_stack(b, 1, 4), BOX_CODE >> 4);
	ck_assert_uint_eq(box_stack(b, 2, 4), F_VM | F_RF | 2);
	ck_assert_uint_eq(box_stack(b, 3, 4), BOX_STACK3);
	ck_assert_uint_eq(box_stack(b, 5, 4), 0x000);	/* ES */
	ck_assert_uint_eq(box_stack(b, 6, 4), 0x300);	/* DS */
	ck_assert_uint_eq(box_stack(b, 7, 4), 0x400);
	ck_assert_uint_eq(box_stack(b, 8, 4), 0x500);
	ck_assert(SEG_UNUSABLE(&c->seg[SEG_DS]) && SEG_UNUSABLE(&c->seg[SEG_GS]));
	EXEC(b, 0xcf);
	ck_assert(c->rflags & F_VM);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert_uint_eq(c->seg[SEG_DS].base, 0x3000);
	ck_assert_uint_eq(c->seg[SEG_DS].limit, 0xffff);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK3);
}
END_TEST

START_TEST(vm86_int_needs_iopl_3)
{
	box_vm86(b);
	box_gate(b, 0x21, 14, 3);
	EXEC(b, 0xcd, 0x21);
	ASSERT_FAULT(b, EXC_GP, 0);
	box_vm86(b);
	c->rflags |= F_IOPL;
	EXEC(b, 0xcd, 0x21);
	ASSERT_FAULT(b, 0x21, 2);
}
END_TEST

START_TEST(vme_redirects_int_to_the_program)
{
	c->cr4 |= CR4_VME;
	box_vm86(b);
	c->rflags |= F_VIF;
	phys_st16(b->pm, BOX_TSS + 102, 0x88);
	phys_st32(b->pm, 0x21 * 4, 0x20000010);
	EXEC(b, 0xcd, 0x21);
	ck_assert_uint_eq(c->seg[SEG_CS].sel, 0x2000);
	ck_assert_uint_eq(c->rip, 0x10);
	ck_assert(c->rflags & F_VM);
	ck_assert(!(c->rflags & F_VIF));
	ck_assert_uint_eq(box_stack(b, 2, 2), F_IOPL | F_IF | 2);
	EXEC(b, 0xcf);
	ck_assert_uint_eq(c->rip, 2);
	ck_assert(c->rflags & F_VIF);
	phys_st8(b->pm, BOX_TSS + 0x68 + 0x21 / 8, 1 << (0x21 % 8));
	c->rip = 0;
	EXEC(b, 0xcd, 0x21);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

/* ---- tasks ---- */

/* The other task: SEL_TSS_B, or 16 bits. */
static void
task_b(uint32_t eip, uint32_t eflags)
{
	phys_st32(b->pm, BOX_TSS_B + 32, eip);
	phys_st32(b->pm, BOX_TSS_B + 36, eflags);
	phys_st32(b->pm, BOX_TSS_B + 40, 0xaaaa5555);	/* EAX */
	phys_st32(b->pm, BOX_TSS_B + 56, BOX_STACK1);
	phys_st32(b->pm, BOX_TSS_B + 72, SEL_DATA32);
	phys_st32(b->pm, BOX_TSS_B + 76, SEL_CODE32);
	phys_st32(b->pm, BOX_TSS_B + 80, SEL_DATA32);
	phys_st32(b->pm, BOX_TSS_B + 84, SEL_UDATA32);
	phys_st32(b->pm, BOX_TSS_B + 96, SEL_LDT);
}

static unsigned
busy(uint16_t sel)
{
	return phys_ld8(b->pm, BOX_GDT + sel + 5) >> 1 & 1;
}

START_TEST(jump_to_tss_saves_old_and_loads_new)
{
	task_b(0x10300, 2);
	c->gpr[RCX] = 0x12345678;
	EXEC(b, 0xea, 0, 0, 0, 0, SEL_TSS_B, 0);
	ck_assert_uint_eq(c->rip, 0x10300);
	ck_assert_uint_eq(c->gpr[RAX], 0xaaaa5555);
	ck_assert_uint_eq(c->seg[SEG_DS].sel, SEL_UDATA32);
	ck_assert_uint_eq(c->ldtr.sel, SEL_LDT);
	ck_assert(SEG_UNUSABLE(&c->seg[SEG_FS]));
	ck_assert(c->cr0 & CR0_TS);
	ck_assert_uint_eq(busy(SEL_TSS), 0);
	ck_assert_uint_eq(busy(SEL_TSS_B), 1);
	ck_assert_uint_eq(box_ld32(b, BOX_TSS + 32), BOX_CODE + 7);
	ck_assert_uint_eq(box_ld32(b, BOX_TSS + 44), 0x12345678);
	ck_assert_uint_eq(box_ld32(b, BOX_TSS + 76), SEL_CODE32);
	ck_assert(!(c->rflags & F_NT));
}
END_TEST

START_TEST(call_to_tss_nests_and_iret_returns)
{
	task_b(0x10300, 2);
	EXEC(b, 0x9a, 0, 0, 0, 0, SEL_TSS_B, 0);
	ck_assert(c->rflags & F_NT);
	ck_assert_uint_eq(busy(SEL_TSS), 1);
	ck_assert_uint_eq(phys_ld16(b->pm, BOX_TSS_B), SEL_TSS);
	EXEC(b, 0xcf);
	ASSERT_RETIRED(b, 7);
	ck_assert_uint_eq(c->tr.sel, SEL_TSS);
	ck_assert_uint_eq(busy(SEL_TSS_B), 0);
	ck_assert_uint_eq(box_ld32(b, BOX_TSS_B + 36) & F_NT, 0);
	ck_assert_uint_eq(box_ld32(b, BOX_TSS_B + 32), 0x10301);
}
END_TEST

START_TEST(busy_task_is_gp_and_short_tss_is_ts)
{
	EXEC(b, 0xea, 0, 0, 0, 0, SEL_TSS, 0);
	ASSERT_FAULT(b, EXC_GP, SEL_TSS);
	c->rip = BOX_CODE;
	box_gdt(b, SEL_TSS_B, box_desc(BOX_TSS_B, 0x66, 0x089));
	EXEC(b, 0xea, 0, 0, 0, 0, SEL_TSS_B, 0);
	ASSERT_FAULT(b, EXC_TS, SEL_TSS_B);
}
END_TEST

START_TEST(fault_while_loading_belongs_to_the_new_task)
{
	task_b(0x10300, 2);
	phys_st32(b->pm, BOX_TSS_B + 84, SEL_ABSENT);
	EXEC(b, 0xea, 0, 0, 0, 0, SEL_TSS_B, 0);
	ASSERT_FAULT(b, EXC_NP, SEL_ABSENT);
	ck_assert_uint_eq(c->tr.sel, SEL_TSS_B);
	ck_assert_uint_eq(box_stack(b, 1, 4), 0x10300);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK1 - 16);
}
END_TEST

START_TEST(task_t_bit_traps_before_first_instruction)
{
	task_b(0x10300, 2);
	phys_st8(b->pm, BOX_TSS_B + 100, 1);
	EXEC(b, 0xea, 0, 0, 0, 0, SEL_TSS_B, 0);
	ck_assert(cpu_boundary(c));
	ASSERT_FAULT(b, EXC_DB, 0x10300);
	ck_assert(c->dr[6] & DR6_BT);
}
END_TEST

START_TEST(tss_16_loads_words)
{
	phys_st16(b->pm, BOX_TSS_16 + 14, 0x300);
	phys_st16(b->pm, BOX_TSS_16 + 16, 2);
	phys_st16(b->pm, BOX_TSS_16 + 18, 0x4321);
	phys_st16(b->pm, BOX_TSS_16 + 26, 0x9000);
	phys_st16(b->pm, BOX_TSS_16 + 36, SEL_CODE16);
	phys_st16(b->pm, BOX_TSS_16 + 38, SEL_DATA16);
	EXEC(b, 0xea, 0, 0, 0, 0, SEL_TSS_16, 0);
	ck_assert_uint_eq(c->rip, 0x300);
	ck_assert_uint_eq(c->gpr[RAX] & 0xffff, 0x4321);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_DATA16);
	ck_assert_uint_eq(c->tr.sel, SEL_TSS_16);
}
END_TEST

START_TEST(task_gate_takes_error_code_to_new_stack)
{
	task_b(0x10300, 2);
	phys_st32(b->pm, BOX_IDT + EXC_NP * 8, SEL_TSS_B << 16);
	phys_st32(b->pm, BOX_IDT + EXC_NP * 8 + 4, 0x8500);
	c->gpr[RAX] = SEL_ABSENT;
	EXEC(b, 0x8e, 0xd8);
	ck_assert_uint_eq(c->rip, 0x10300);
	ck_assert_uint_eq(box_stack(b, 0, 4), SEL_ABSENT);
	ck_assert_uint_eq(box_ld32(b, BOX_TSS + 32), BOX_CODE);
	ck_assert_uint_eq(box_ld32(b, BOX_TSS + 36), F_RF | 2);
}
END_TEST

/* ---- long mode ---- */

START_TEST(long_same_level_aligns_and_always_pushes_stack)
{
	c->gpr[RSP] = BOX_STACK0 - 3;
	EXEC(b, 0xcd, 0x40);
	ASSERT_FAULT(b, 0x40, BOX_CODE + 2);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 - 16 - 40);
	ck_assert_uint_eq(box_stack(b, 3, 8), BOX_STACK0 - 3);
	ck_assert_uint_eq(box_stack(b, 4, 8), SEL_DATA32);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_DATA32);
	EXEC(b, 0x48, 0xcf);
	ASSERT_RETIRED(b, 2);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 - 3);
}
END_TEST

START_TEST(long_inner_level_has_null_ss)
{
	box_user(b);
	c->gpr[RAX] = 1;
	EXEC(b, 0x0f, 0x0b);
	ASSERT_FAULT(b, EXC_UD, BOX_CODE);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, 0);
	ck_assert_uint_eq(c->gpr[RSP], BOX_STACK0 - 40);
	ck_assert_uint_eq(c->cpl, 0);
	EXEC(b, 0x48, 0xcf);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_UDATA32);
}
END_TEST

START_TEST(ist_is_taken_at_every_level)
{
	phys_st8(b->pm, BOX_IDT + 0x40 * 16 + 4, 1);
	EXEC(b, 0xcd, 0x40);
	ASSERT_FAULT(b, 0x40, BOX_CODE + 2);
	ck_assert_uint_eq(c->gpr[RSP], BOX_IST1 - 40);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_DATA32);
}
END_TEST

START_TEST(non_canonical_ist_is_ss_fault)
{
	phys_st8(b->pm, BOX_IDT + 0x40 * 16 + 4, 1);
	phys_st64(b->pm, BOX_TSS + 36, (uint64_t)1 << 63);
	EXEC(b, 0xcd, 0x40);
	ASSERT_FAULT(b, EXC_SS, 0);
}
END_TEST

START_TEST(long_handler_must_be_64_bit_code)
{
	phys_st16(b->pm, BOX_IDT + 0x40 * 16 + 2, SEL_CODE32);
	EXEC(b, 0xcd, 0x40);
	ASSERT_FAULT(b, EXC_GP, SEL_CODE32);
}
END_TEST

START_TEST(iretq_with_nt_is_gp)
{
	c->rflags |= F_NT;
	EXEC(b, 0x48, 0xcf);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(iretq_to_compatibility_mode)
{
	static const uint64_t frame[] = {
		0x10200, SEL_UCODE32, F_IF | 2, BOX_STACK3, SEL_UDATA32
	};

	c->gpr[RSP] = BOX_STACK0 - 40;
	phys_write(b->pm, c->gpr[RSP], frame, sizeof(frame));
	EXEC(b, 0x48, 0xcf);
	ck_assert_uint_eq(c->rip, 0x10200);
	ck_assert(!(c->mode & MK_64) && (c->mode & MK_32) && (c->mode & MK_LMA));
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert(c->rflags & F_IF);
}
END_TEST

START_TEST(iretq_to_non_canonical_is_gp_at_the_iret)
{
	uint64_t frame[] = {
		0x800000000000, SEL_UCODE64, 2, BOX_STACK3, SEL_UDATA32
	};

	c->gpr[RSP] = BOX_STACK0 - 40;
	phys_write(b->pm, c->gpr[RSP], frame, sizeof(frame));
	EXEC(b, 0x48, 0xcf);
	ASSERT_FAULT(b, EXC_GP, 0);
	ck_assert_uint_eq(box_stack(b, 1, 8), BOX_CODE);
}
END_TEST

START_TEST(syscall_and_sysret)
{
	c->star = (uint64_t)SEL_CODE32 << 32 | (uint64_t)(SEL_UCODE32) << 48;
	c->lstar = 0x10400;
	c->sfmask = F_IF | F_TF;
	box_user(b);
	c->rflags |= F_IF;
	EXEC(b, 0x0f, 0x05);
	ck_assert_uint_eq(c->rip, 0x10400);
	ck_assert_uint_eq(c->cpl, 0);
	ck_assert_uint_eq(c->seg[SEG_CS].sel, SEL_CODE32);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_DATA32);
	ck_assert_uint_eq(c->gpr[RCX], BOX_CODE + 2);
	ck_assert_uint_eq(c->gpr[R11], F_IF | 2);
	ck_assert(!(c->rflags & F_IF));
	ck_assert(c->mode & MK_64);
	EXEC(b, 0x48, 0x0f, 0x07);
	ASSERT_RETIRED(b, 2);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert_uint_eq(c->seg[SEG_CS].sel, SEL_UCODE32 + 16);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_UDATA32);
	ck_assert(c->rflags & F_IF);
}
END_TEST

START_TEST(sysret_leaves_ss_attributes_and_does_not_check_rip)
{
	c->star = (uint64_t)SEL_UCODE32 << 48;
	seg_load_real(c, SEG_GS, 0);
	c->seg[SEG_SS].attr = 0;
	c->gpr[RCX] = 0x800000000000;
	c->gpr[R11] = 2;
	EXEC(b, 0x48, 0x0f, 0x07);
	ck_assert_uint_eq(c->rip, 0x800000000000);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert(SEG_UNUSABLE(&c->seg[SEG_SS]));
	(void)cpu_step(c);
	ASSERT_FAULT(b, EXC_GP, 0);
	ck_assert_uint_eq(c->cpl, 0);
}
END_TEST

START_TEST(syscall_needs_sce_and_sysenter_is_ud_in_long_mode)
{
	c->efer &= ~EFER_SCE;
	EXEC(b, 0x0f, 0x05);
	ASSERT_FAULT(b, EXC_UD, -1);
	c->rip = BOX_CODE;
	EXEC(b, 0x0f, 0x34);
	ASSERT_FAULT(b, EXC_UD, -1);
}
END_TEST

START_TEST(stepping_over_syscall_does_not_enter_a_masking_kernel)
{
	c->star = (uint64_t)SEL_CODE32 << 32 | (uint64_t)(SEL_UCODE32) << 48;
	c->lstar = 0x10400;
	c->sfmask = F_TF;
	box_user(b);
	c->rflags |= F_TF;
	EXEC(b, 0x0f, 0x05);
	ck_assert_uint_eq(c->pins & PIN_TRAP, 0);
	EXEC(b, 0x48, 0x0f, 0x07);
	ck_assert_uint_eq(c->pins & PIN_TRAP, PIN_TRAP);
	ck_assert(cpu_boundary(c));
	ASSERT_FAULT(b, EXC_DB, BOX_CODE + 2);
}
END_TEST

START_TEST(sysenter_and_sysexit_outside_long_mode)
{
	EXEC(b, 0x0f, 0x34);
	ASSERT_FAULT(b, EXC_GP, 0);
	box_user(b);
	c->rip = BOX_CODE;
	c->sysenter_cs = SEL_CODE32;
	c->sysenter_esp = 0x9100;
	c->sysenter_eip = 0x10400;
	c->rflags |= F_IF;
	EXEC(b, 0x0f, 0x34);
	ck_assert_uint_eq(c->rip, 0x10400);
	ck_assert_uint_eq(c->cpl, 0);
	ck_assert_uint_eq(c->gpr[RSP], 0x9100);
	ck_assert(!(c->rflags & F_IF));
	c->gpr[RCX] = BOX_STACK3;
	c->gpr[RDX] = BOX_CODE;
	EXEC(b, 0x0f, 0x35);
	ck_assert_uint_eq(c->rip, BOX_CODE);
	ck_assert_uint_eq(c->cpl, 3);
	ck_assert_uint_eq(c->seg[SEG_SS].sel, SEL_UDATA32);
}
END_TEST

/* ---- boundaries ---- */

START_TEST(sti_shadow_lasts_one_instruction)
{
	irq(0x40);
	EXEC(b, 0xfb);
	EXEC(b, 0x90);
	ASSERT_RETIRED(b, 2);
	(void)cpu_step(c);
	ASSERT_FAULT(b, 0x40, BOX_CODE + 2);
}
END_TEST

START_TEST(sti_with_if_set_casts_no_shadow)
{
	c->rflags |= F_IF;
	EXEC(b, 0xfb);
	irq(0x40);
	(void)cpu_step(c);
	ASSERT_FAULT(b, 0x40, BOX_CODE + 1);
}
END_TEST

START_TEST(mov_ss_shadow_holds_nmi_too)
{
	c->gpr[RAX] = SEL_DATA32;
	EXEC(b, 0x8e, 0xd0);
	cpu_raise(c, PIN_NMI);
	EXEC(b, 0x90);
	ASSERT_RETIRED(b, 3);
	(void)cpu_step(c);
	ASSERT_FAULT(b, EXC_NMI, BOX_CODE + 3);
}
END_TEST

START_TEST(nmi_is_blocked_until_iret)
{
	cpu_raise(c, PIN_NMI);
	(void)cpu_step(c);
	ASSERT_FAULT(b, EXC_NMI, BOX_CODE);
	cpu_raise(c, PIN_NMI);
	ck_assert(!cpu_boundary(c));
	EXEC(b, 0xcf);
	ck_assert(cpu_boundary(c));
	ASSERT_FAULT(b, EXC_NMI, BOX_CODE);
}
END_TEST

START_TEST(nmi_comes_before_interrupt)
{
	c->rflags |= F_IF;
	irq(0x40);
	cpu_raise(c, PIN_NMI);
	(void)cpu_step(c);
	ASSERT_FAULT(b, EXC_NMI, BOX_CODE);
	ck_assert_uint_eq(b->acks, 0);
}
END_TEST

START_TEST(halt_wakes_on_interrupt_only_with_if)
{
	EXEC(b, 0xf4);
	ck_assert_uint_eq(c->activity, ACT_HALT);
	ck_assert_int_eq(cpu_step(c), STOP_HALT);
	irq(0x40);
	ck_assert(!cpu_wakes(c));
	c->rflags |= F_IF;
	ck_assert(cpu_wakes(c));
	(void)cpu_step(c);
	ASSERT_FAULT(b, 0x40, BOX_CODE + 1);
	ck_assert_uint_eq(c->activity, ACT_RUN);
}
END_TEST

START_TEST(vanished_interrupt_is_not_delivered)
{
	c->rflags |= F_IF;
	irq(0x40);
	b->vector = -1;
	ck_assert(!cpu_boundary(c));
	ck_assert_uint_eq(c->rip, BOX_CODE);
}
END_TEST

START_TEST(application_processor_waits_for_sipi)
{
	c->index = 1;
	cpu_raise(c, PIN_INIT);
	ck_assert(cpu_boundary(c));
	ck_assert_uint_eq(c->activity, ACT_WAIT_SIPI);
	irq(0x40);
	ck_assert(!cpu_wakes(c));
	c->sipi_vector = 0x9a;
	cpu_raise(c, PIN_SIPI);
	ck_assert(cpu_wakes(c));
	ck_assert(cpu_boundary(c));
	ck_assert_uint_eq(c->seg[SEG_CS].base, 0x9a000);
	ck_assert_uint_eq(c->rip, 0);
	ck_assert_uint_eq(c->activity, ACT_RUN);
}
END_TEST

START_TEST(init_keeps_msrs_fpu_and_time)
{
	c->pat = 0x0606060606060606;
	c->x87.fcw = 0x37f;
	c->cycles = 12345;
	cpu_raise(c, PIN_INIT);
	ck_assert(cpu_boundary(c));
	ck_assert_uint_eq(c->pat, 0x0606060606060606);
	ck_assert_uint_eq(c->x87.fcw, 0x37f);
	ck_assert_uint_eq(c->cycles, 12345);
	ck_assert_uint_eq(c->cr0, 0x10);
	ck_assert_uint_eq(c->gpr[RDX], 0x00830f10);
}
END_TEST

/* ---- debug ---- */

START_TEST(single_step_traps_after_the_instruction)
{
	c->rflags |= F_TF;
	EXEC(b, 0x90);
	ASSERT_RETIRED(b, 1);
	ck_assert(cpu_boundary(c));
	ASSERT_FAULT(b, EXC_DB, BOX_CODE + 1);
	ck_assert_uint_eq(c->dr[6], DR6_FIXED | DR6_BS);
	ck_assert_uint_eq(box_stack(b, 2, 4), F_TF | 2);
	ck_assert(!(c->rflags & F_TF));
}
END_TEST

START_TEST(no_step_after_mov_ss_one_after_the_next)
{
	c->rflags |= F_TF;
	c->gpr[RAX] = SEL_DATA32;
	EXEC(b, 0x8e, 0xd0);
	ck_assert_uint_eq(c->pins & PIN_TRAP, 0);
	EXEC(b, 0x90);
	ck_assert(cpu_boundary(c));
	ASSERT_FAULT(b, EXC_DB, BOX_CODE + 3);
}
END_TEST

START_TEST(stepping_does_not_follow_int_n)
{
	c->rflags |= F_TF;
	EXEC(b, 0xcd, 0x40);
	ASSERT_FAULT(b, 0x40, BOX_CODE + 2);
	ck_assert(!cpu_boundary(c));
	ck_assert_uint_eq(box_stack(b, 2, 4), F_TF | 2);
}
END_TEST

START_TEST(instruction_breakpoint_faults_once_with_rf)
{
	c->dr[0] = BOX_CODE;
	c->dr[7] = DR7_FIXED | 1;
	EXEC(b, 0x90);
	ASSERT_FAULT(b, EXC_DB, BOX_CODE);
	ck_assert_uint_eq(c->dr[6], DR6_FIXED | 1);
	ck_assert_uint_eq(box_stack(b, 2, 4), 2);
	c->rip = BOX_CODE;
	c->rflags |= F_RF;
	EXEC(b, 0x90);
	ASSERT_RETIRED(b, 1);
	ck_assert(!(c->rflags & F_RF));
}
END_TEST

START_TEST(data_breakpoint_traps_after_the_store)
{
	c->dr[1] = 0x8002;
	c->dr[7] = DR7_FIXED | 4 | 5 << 20;		/* write, 2 bytes */
	EXEC(b, 0xa1, 0x00, 0x80, 0, 0);		/* a read does not count */
	ck_assert_uint_eq(c->pins & PIN_TRAP, 0);
	EXEC(b, 0xa3, 0x00, 0x80, 0, 0);
	ck_assert(cpu_boundary(c));
	ASSERT_FAULT(b, EXC_DB, BOX_CODE + 10);
	ck_assert_uint_eq(c->dr[6], DR6_FIXED | 2);
}
END_TEST

START_TEST(io_breakpoint_needs_de)
{
	c->dr[2] = 0x42;
	c->dr[7] = DR7_FIXED | 0x10 | 2 << 24;
	EXEC(b, 0xe6, 0x42);
	ck_assert_uint_eq(c->pins & PIN_TRAP, 0);
	c->cr4 |= CR4_DE;
	EXEC(b, 0xe6, 0x42);
	ck_assert_uint_eq(c->dr6_pending, 4);
	ck_assert(cpu_boundary(c));
	ASSERT_FAULT(b, EXC_DB, BOX_CODE + 4);
}
END_TEST

START_TEST(general_detect_faults_and_clears_gd)
{
	c->dr[7] |= DR7_GD;
	EXEC(b, 0x0f, 0x21, 0xc0);			/* mov eax, dr0 */
	ASSERT_FAULT(b, EXC_DB, BOX_CODE);
	ck_assert_uint_eq(c->dr[6], DR6_FIXED | DR6_BD);
	ck_assert_uint_eq(c->dr[7], DR7_FIXED);
}
END_TEST

START_TEST(dr4_is_dr6_without_de_and_ud_with)
{
	EXEC(b, 0x0f, 0x21, 0xe0);			/* mov eax, dr4 */
	ck_assert_uint_eq(c->gpr[RAX], DR6_FIXED);
	c->cr4 |= CR4_DE;
	EXEC(b, 0x0f, 0x21, 0xe0);
	ASSERT_FAULT(b, EXC_UD, -1);
}
END_TEST

START_TEST(int1_ignores_gate_dpl)
{
	box_user(b);
	EXEC(b, 0xf1);
	ASSERT_FAULT(b, EXC_DB, BOX_CODE + 1);
}
END_TEST

/* ---- ports ---- */

START_TEST(ports_need_iopl_or_the_bitmap)
{
	box_user(b);
	EXEC(b, 0xe4, 0x21);				/* in al, 0x21 */
	ASSERT_RETIRED(b, 2);
	phys_st8(b->pm, BOX_TSS + 0x68 + 4, 1 << 2);	/* port 0x22 */
	EXEC(b, 0x66, 0xe7, 0x21);			/* out 0x21, ax: 0x21 and 0x22 */
	ASSERT_FAULT(b, EXC_GP, 0);
	ck_assert_uint_eq(b->port_writes, 0);
	box_user(b);
	c->rip = BOX_CODE;
	c->rflags |= F_IOPL;
	EXEC(b, 0x66, 0xe7, 0x21);
	ck_assert_uint_eq(b->port_size, 2);
}
END_TEST

START_TEST(bitmap_beyond_tss_limit_denies)
{
	box_user(b);
	c->tr.limit = 0x68 + 4;
	EXEC(b, 0xe4, 0x21);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(rep_outs_pays_per_iteration)
{
	uint64_t before = c->cycles;

	c->gpr[RSI] = 0x8000;
	c->gpr[RCX] = 5;
	c->gpr[RDX] = 0x1f0;
	EXEC(b, 0xf3, 0x66, 0x6f);			/* rep outsw */
	ASSERT_RETIRED(b, 3);
	ck_assert_uint_eq(b->port_writes, 5);
	ck_assert_uint_eq(c->gpr[RSI], 0x800a);
	ck_assert_uint_eq(c->gpr[RCX], 0);
	ck_assert_uint_eq(c->cycles - before, 5 * (c->costs->pio + 2));
}
END_TEST

START_TEST(ins_that_faults_reads_no_port)
{
	box_paging(b);
	c->gpr[RDI] = 0x900000;
	EXEC(b, 0x6c);
	ASSERT_FAULT(b, EXC_PF, PF_W);
	ck_assert_uint_eq(b->port_reads, 0);
}
END_TEST

Suite	*event_suite(void);

static TCase *
real_case(void)
{
	TCase *t = tcase_create("real");

	tcase_add_checked_fixture(t, setup_real, teardown);
	tcase_add_test(t, real_int_pushes_flags_cs_ip);
	tcase_add_test(t, real_exception_has_no_error_code);
	tcase_add_test(t, real_iret_restores);
	tcase_add_test(t, vector_beyond_idt_limit_escalates_to_shutdown);
	return t;
}

static TCase *
protected_case(void)
{
	TCase *t = tcase_create("protected");

	tcase_add_checked_fixture(t, setup_protected, teardown);
	tcase_add_test(t, interrupt_gate_clears_if_trap_gate_keeps_it);
	tcase_add_test(t, gate_16_pushes_words);
	tcase_add_test(t, inner_level_pushes_old_stack_on_new);
	tcase_add_test(t, int_n_above_gate_dpl_is_gp_without_ext);
	tcase_add_test(t, hardware_interrupt_ignores_gate_dpl);
	tcase_add_test(t, absent_gate_is_np_with_ext_for_hardware);
	tcase_add_test(t, handler_in_absent_segment_is_np_of_the_selector);
	tcase_add_test(t, fault_image_has_rf_trap_image_has_not);
	tcase_add_test(t, error_code_is_pushed_last);
	tcase_add_test(t, contributory_in_contributory_is_double_fault);
	tcase_add_test(t, contributory_in_benign_is_handled);
	tcase_add_test(t, third_fault_shuts_down);
	tcase_add_test(t, page_fault_in_page_fault_is_double_fault_with_second_cr2);
	tcase_add_test(t, page_fault_sets_cr2_and_error_code);
	tcase_add_test(t, delivery_that_faults_writes_nothing);
	tcase_add_test(t, vm86_interrupt_saves_and_nulls_data_segments);
	tcase_add_test(t, vm86_int_needs_iopl_3);
	tcase_add_test(t, vme_redirects_int_to_the_program);
	tcase_add_test(t, sysenter_and_sysexit_outside_long_mode);
	tcase_add_test(t, jump_to_tss_saves_old_and_loads_new);
	tcase_add_test(t, call_to_tss_nests_and_iret_returns);
	tcase_add_test(t, busy_task_is_gp_and_short_tss_is_ts);
	tcase_add_test(t, fault_while_loading_belongs_to_the_new_task);
	tcase_add_test(t, task_t_bit_traps_before_first_instruction);
	tcase_add_test(t, tss_16_loads_words);
	tcase_add_test(t, task_gate_takes_error_code_to_new_stack);
	return t;
}

static TCase *
long_case(void)
{
	TCase *t = tcase_create("long");

	tcase_add_checked_fixture(t, setup_long, teardown);
	tcase_add_test(t, long_same_level_aligns_and_always_pushes_stack);
	tcase_add_test(t, long_inner_level_has_null_ss);
	tcase_add_test(t, ist_is_taken_at_every_level);
	tcase_add_test(t, non_canonical_ist_is_ss_fault);
	tcase_add_test(t, long_handler_must_be_64_bit_code);
	tcase_add_test(t, iretq_with_nt_is_gp);
	tcase_add_test(t, iretq_to_compatibility_mode);
	tcase_add_test(t, iretq_to_non_canonical_is_gp_at_the_iret);
	tcase_add_test(t, syscall_and_sysret);
	tcase_add_test(t, sysret_leaves_ss_attributes_and_does_not_check_rip);
	tcase_add_test(t, syscall_needs_sce_and_sysenter_is_ud_in_long_mode);
	tcase_add_test(t, stepping_over_syscall_does_not_enter_a_masking_kernel);
	return t;
}

static TCase *
boundary_case(void)
{
	TCase *t = tcase_create("boundary");

	tcase_add_checked_fixture(t, setup_protected, teardown);
	tcase_add_test(t, sti_shadow_lasts_one_instruction);
	tcase_add_test(t, sti_with_if_set_casts_no_shadow);
	tcase_add_test(t, mov_ss_shadow_holds_nmi_too);
	tcase_add_test(t, nmi_is_blocked_until_iret);
	tcase_add_test(t, nmi_comes_before_interrupt);
	tcase_add_test(t, halt_wakes_on_interrupt_only_with_if);
	tcase_add_test(t, vanished_interrupt_is_not_delivered);
	tcase_add_test(t, application_processor_waits_for_sipi);
	tcase_add_test(t, init_keeps_msrs_fpu_and_time);
	tcase_add_test(t, single_step_traps_after_the_instruction);
	tcase_add_test(t, no_step_after_mov_ss_one_after_the_next);
	tcase_add_test(t, stepping_does_not_follow_int_n);
	tcase_add_test(t, instruction_breakpoint_faults_once_with_rf);
	tcase_add_test(t, data_breakpoint_traps_after_the_store);
	tcase_add_test(t, io_breakpoint_needs_de);
	tcase_add_test(t, general_detect_faults_and_clears_gd);
	tcase_add_test(t, dr4_is_dr6_without_de_and_ud_with);
	tcase_add_test(t, int1_ignores_gate_dpl);
	tcase_add_test(t, ports_need_iopl_or_the_bitmap);
	tcase_add_test(t, bitmap_beyond_tss_limit_denies);
	tcase_add_test(t, rep_outs_pays_per_iteration);
	tcase_add_test(t, ins_that_faults_reads_no_port);
	return t;
}

Suite *
event_suite(void)
{
	Suite *s = suite_create("event");

	suite_add_tcase(s, real_case());
	suite_add_tcase(s, protected_case());
	suite_add_tcase(s, long_case());
	suite_add_tcase(s, boundary_case());
	return s;
}
