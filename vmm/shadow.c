#include "vmm/shadow.h"
void	shadow_init(struct vm *vm){(void)vm;}
void	shadow_mode_changed(struct vm *vm){(void)vm;}
void	shadow_load_root(struct vm *vm){(void)vm;}
void	shadow_invlpg(struct vm *vm, gva_t va){(void)vm;(void)va;}
bool	shadow_fault(struct vm *vm, gva_t va, uint32_t *error){(void)vm;(void)va;(void)error;return true;}
void	shadow_written(struct vm *vm, gpa_t gpa, unsigned n){(void)vm;(void)gpa;(void)n;}
void	shadow_verify(struct vm *vm){(void)vm;}
