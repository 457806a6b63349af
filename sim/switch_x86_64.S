/* switch_x86_64.S - the bare context switch, System V ABI.
 * Layer: sim. Declared in switch.h.
 *
 * void fiber_switch(void **save_sp, void *load_sp);
 *
 * Push the callee-saved registers on the stack that is left and store its
 * pointer in *save_sp; then pop them from the other stack. Floating-point
 * control words are not switched: no code here changes them. */
#if defined(__x86_64__) && !defined(SIM_UCONTEXT)
        .text
        .globl  fiber_switch
        .hidden fiber_switch
        .type   fiber_switch, @function
        .align  16
fiber_switch:
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        ret
        .size   fiber_switch, .-fiber_switch

/* Where a new fiber begins: r12 holds the function, r13 its argument
 * (switch.c). The undefined return address ends backtraces here. */
        .globl  fiber_start
        .hidden fiber_start
        .type   fiber_start, @function
        .align  16
fiber_start:
        .cfi_startproc
        .cfi_undefined rip
        xorl    %ebp, %ebp
        movq    %r13, %rdi
        callq   *%r12
        ud2
        .cfi_endproc
        .size   fiber_start, .-fiber_start
#endif

        .section .note.GNU-stack, "", @progbits
