//! The allocator of the static programs.
//!
//! The wrapper lives for a millisecond or two and makes some thousand small allocations; most of what the
//! command does is no different. musl's own allocator
//! asks the kernel for nearly every page of them; a general one spends a sixth of the whole time on
//! taking back what the process will never need. This one keeps a list of free blocks per size and takes
//! new ones from a chunk. Each thread has its own, so that none waits for another and no instruction locks the bus;
//! of a list that becomes long, the others may have all. Blocks are used again but never merged or given back, so
//! what a hostile modifier makes the host allocate stays within what its limits allow at one time, times the
//! number of sizes at the worst. A thread that ends leaves its blocks to nobody: this is for programs that start few.
#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]
#![allow(clippy::cast_ptr_alignment, reason = "every block is aligned for a pointer")]

mod blocks;
mod surplus;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;

use blocks::{Blocks, size_of};
use surplus::Surplus;

/// The allocator.
#[derive(Debug)]
pub struct Heap {
    surplus: Surplus,
}

thread_local! {
    /// Without a destructor, and so without anything to allocate.
    static BLOCKS: UnsafeCell<Blocks> = const { UnsafeCell::new(Blocks::EMPTY) };
}

impl Heap {
    /// An empty heap.
    #[must_use]
    pub const fn new() -> Self {
        Self { surplus: Surplus::new() }
    }

    #[inline]
    fn take(&self, index: usize, bytes: usize) -> *mut u8 {
        // SAFETY: no other thread can reach them, and this one has no other reference to them: nothing in there
        // allocates from this heap.
        BLOCKS.with(|blocks| unsafe { &mut *blocks.get() }.take(&self.surplus, index, bytes))
    }

    #[inline]
    fn give(&self, index: usize, bytes: usize, block: *mut u8) {
        // SAFETY: as above.
        BLOCKS
            .with(|blocks| unsafe { &mut *blocks.get() }.give(&self.surplus, index, bytes, block));
    }
}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: `alloc` returns null, or a block of at least the layout's size, aligned to at least its
// alignment, that overlaps no other that is in use: blocks are cut from chunks without overlap, at
// multiples of `ALIGN`, and are in the free list of their size or in use, never both.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match size_of(layout) {
            Some((index, bytes)) => self.take(index, bytes),
            // SAFETY: the caller's promises are those that `System` asks for.
            None => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match size_of(layout) {
            Some((index, bytes)) => {
                let block = self.take(index, bytes);
                if !block.is_null() {
                    // SAFETY: the block has at least this many bytes.
                    unsafe { block.write_bytes(0, layout.size()) };
                }
                block
            }
            // SAFETY: as above. Large memory comes zeroed from the kernel.
            None => unsafe { System.alloc_zeroed(layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match size_of(layout) {
            Some((index, bytes)) => self.give(index, bytes, block),
            // SAFETY: as above; the layout is that of the allocation, so it was `System`'s.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return ptr::null_mut();
        };
        match (size_of(layout), size_of(wanted)) {
            // SAFETY: as above.
            (None, None) => unsafe { System.realloc(block, layout, size) },
            (Some(old), Some(new)) if old == new => block,
            _ => {
                // SAFETY: both layouts are the caller's or made from it; the blocks do not overlap,
                // and each has at least the bytes that are copied.
                unsafe {
                    let moved = self.alloc(wanted);
                    if !moved.is_null() {
                        block.copy_to_nonoverlapping(moved, layout.size().min(size));
                        self.dealloc(block, layout);
                    }
                    moved
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
