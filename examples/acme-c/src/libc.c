// What the bindings need of a C library, since there is none without WASI. A fresh instance runs for
// each call, so memory is only ever given out.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 65536u
// The contract aligns nothing to more.
#define ALIGNMENT 8u

// The linker's: the first byte behind the data.
extern unsigned char __heap_base;

static uintptr_t top;

// Each block has its size before it, for `realloc`.
void *malloc(size_t size) {
    if (size > INT32_MAX)
        return NULL;
    if (top == 0)
        top = ((uintptr_t)&__heap_base + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
    size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    uint64_t end = (uint64_t)top + ALIGNMENT + rounded;
    uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
    if (end > have) {
        size_t more = (size_t)((end - have + PAGE - 1) / PAGE);
        // The stage's limit on memory, which is the operator's.
        if (__builtin_wasm_memory_grow(0, more) == SIZE_MAX)
            return NULL;
    }
    size_t *block = (size_t *)(top + ALIGNMENT);
    *(size_t *)top = rounded;
    top = (uintptr_t)end;
    return block;
}

void *realloc(void *old, size_t size) {
    size_t had = old == NULL ? 0 : *(size_t *)((uintptr_t)old - ALIGNMENT);
    if (old != NULL && size <= had)
        return old;
    void *block = malloc(size);
    if (block != NULL && had > 0)
        memcpy(block, old, had);
    return block;
}

void free(void *block) {
    (void)block;
}

void abort(void) {
    __builtin_trap();
}

// With bulk memory operations these are one instruction each.
void *memcpy(void *to, const void *from, size_t length) {
    return __builtin_memcpy(to, from, length);
}

void *memset(void *to, int byte, size_t length) {
    return __builtin_memset(to, byte, length);
}

int memcmp(const void *a, const void *b, size_t length) {
    const unsigned char *left = a, *right = b;
    for (size_t i = 0; i < length; i++) {
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    }
    return 0;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length] != 0)
        length++;
    return length;
}
