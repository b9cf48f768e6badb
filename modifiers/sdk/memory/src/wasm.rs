//! The memory of the instance.

use crate::heap::{Heap, PAGE, Source};

#[global_allocator]
static HEAP: Heap<Memory> = Heap::new(Memory);

// SAFETY: a modifier has one thread: there is no other in WebAssembly without the threads proposal, which
// the host does not enable.
unsafe impl Sync for Heap<Memory> {}

struct Memory;

impl Source for Memory {
    fn start(&self) -> (usize, usize) {
        unsafe extern "C" {
            /// What the linker puts behind data and stack.
            static __heap_base: u8;
        }
        // Only its address is used.
        let start = (&raw const __heap_base).expose_provenance();
        (start, core::arch::wasm32::memory_size(0) * PAGE)
    }

    fn grow(&self, bytes: usize) -> Option<()> {
        (core::arch::wasm32::memory_grow(0, bytes / PAGE) != usize::MAX).then_some(())
    }
}
