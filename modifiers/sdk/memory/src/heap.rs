//! Blocks of one memory, wherever it comes from.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ptr;

/// The smallest block, and what every block is aligned to at least.
const SMALLEST: usize = 16;
/// The number of sizes: up to half of what 32 bits can address.
const SIZES: usize = 28;
/// WebAssembly's unit of memory.
pub(crate) const PAGE: usize = 64 * 1024;

/// Where memory comes from.
pub(crate) trait Source {
    /// The first free address, asked once, and the end of the memory there is.
    fn start(&self) -> (usize, usize);
    /// Makes the memory this many bytes longer; `None` where there is no more.
    fn grow(&self, bytes: usize) -> Option<()>;
}

/// Blocks of one memory.
#[derive(Debug)]
pub(crate) struct Heap<S> {
    source: S,
    /// The first free block of each size; each holds the address of the next.
    free: [Cell<*mut u8>; SIZES],
    /// The first address that no block has had; 0 before the first.
    next: Cell<usize>,
    /// The end of the memory.
    end: Cell<usize>,
}

/// The index of the size that a layout takes; `None` where it is too large.
fn class(layout: Layout) -> Option<usize> {
    let bytes = layout.size().max(layout.align()).max(SMALLEST);
    let class = bytes.checked_next_power_of_two()?.trailing_zeros() - SMALLEST.trailing_zeros();
    usize::try_from(class).ok().filter(|class| *class < SIZES)
}

impl<S: Source> Heap<S> {
    pub(crate) const fn new(source: S) -> Self {
        Self {
            source,
            free: [const { Cell::new(ptr::null_mut()) }; SIZES],
            next: Cell::new(0),
            end: Cell::new(0),
        }
    }

    /// A new block. Blocks are aligned to their size, up to a page.
    fn cut(&self, class: usize) -> Option<*mut u8> {
        if self.next.get() == 0 {
            let (next, end) = self.source.start();
            self.next.set(next);
            self.end.set(end);
        }
        let bytes = SMALLEST << class;
        let block = self.next.get().checked_next_multiple_of(bytes.min(PAGE))?;
        let next = block.checked_add(bytes)?;
        if next > self.end.get() {
            let missing = (next - self.end.get()).checked_next_multiple_of(PAGE)?;
            self.source.grow(missing)?;
            self.end.set(self.end.get().checked_add(missing)?);
        }
        self.next.set(next);
        Some(ptr::with_exposed_provenance_mut(block))
    }
}

// SAFETY: `alloc` returns null, or a block of at least the layout's size and alignment that overlaps no other
// that is in use: blocks are cut one behind the other, and each is in use or in the list of its size.
unsafe impl<S: Source> GlobalAlloc for Heap<S> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(class) = class(layout).filter(|_| layout.align() <= PAGE) else {
            return ptr::null_mut();
        };
        let Some(free) = self.free.get(class) else { return ptr::null_mut() };
        let block = free.get();
        if block.is_null() {
            return self.cut(class).unwrap_or(ptr::null_mut());
        }
        // SAFETY: a free block is ours alone, and holds the next one's address since `dealloc`.
        free.set(unsafe { block.cast::<*mut u8>().read_unaligned() });
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(free) = class(layout).and_then(|class| self.free.get(class)) {
            // SAFETY: the block was made here with this layout, has room for an address, and nobody uses it
            // any more.
            unsafe { block.cast::<*mut u8>().write_unaligned(free.get()) };
            free.set(block);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return ptr::null_mut();
        };
        if class(layout) == class(wanted) {
            return block;
        }
        // SAFETY: both layouts are the caller's or made from it; the blocks do not overlap, and each has at
        // least the bytes that are copied.
        unsafe {
            let moved = self.alloc(wanted);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests;
