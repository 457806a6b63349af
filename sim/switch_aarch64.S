/* switch_aarch64.S - the bare context switch, AAPCS64.
 * Layer: sim. Declared in switch.h.
 *
 * void fiber_switch(void **save_sp, void *load_sp);
 *
 * As in switch_x86_64.S: push the callee-saved registers (x19 to x30, the low
 * halves of v8 to v15) on the stack that is left and store its pointer in
 * *save_sp; then pop them from the other stack. */
#if defined(__aarch64__) && !defined(SIM_UCONTEXT)
        .text
        .globl  fiber_switch
        .hidden fiber_switch
        .type   fiber_switch, %function
        .align  4
fiber_switch:
        stp     d8, d9, [sp, #-160]!
        stp     d10, d11, [sp, #16]
        stp     d12, d13, [sp, #32]
        stp     d14, d15, [sp, #48]
        stp     x19, x20, [sp, #64]
        stp     x21, x22, [sp, #80]
        stp     x23, x24, [sp, #96]
        stp     x25, x26, [sp, #112]
        stp     x27, x28, [sp, #128]
        stp     x29, x30, [sp, #144]
        mov     x9, sp
        str     x9, [x0]
        mov     sp, x1
        ldp     d10, d11, [sp, #16]
        ldp     d12, d13, [sp, #32]
        ldp     d14, d15, [sp, #48]
        ldp     x19, x20, [sp, #64]
        ldp     x21, x22, [sp, #80]
        ldp     x23, x24, [sp, #96]
        ldp     x25, x26, [sp, #112]
        ldp     x27, x28, [sp, #128]
        ldp     x29, x30, [sp, #144]
        ldp     d8, d9, [sp], #160
        ret
        .size   fiber_switch, .-fiber_switch

/* Where a new fiber begins: x19 holds the function, x20 its argument
 * (switch.c). The undefined return address ends backtraces here. */
        .globl  fiber_start
        .hidden fiber_start
        .type   fiber_start, %function
        .align  4
fiber_start:
        .cfi_startproc
        .cfi_undefined x30
        mov     x29, xzr
        mov     x30, xzr
        mov     x0, x20
        blr     x19
        brk     #1
        .cfi_endproc
        .size   fiber_start, .-fiber_start
#endif

        .section .note.GNU-stack, "", %progbits
