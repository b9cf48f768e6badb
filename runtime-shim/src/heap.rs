//! The wrapper's allocator.
//!
//! The process lives for a millisecond or two, has two threads of which one sleeps, and makes some
//! ten thousand small allocations. musl's own allocator asks the kernel for nearly every page of
//! them; a general one spends a sixth of the whole time on taking back what the process will never
//! need. This one keeps a list of free blocks per size and takes new ones from a chunk. Blocks are
//! used again but never merged or given back, so what a hostile modifier makes the host allocate stays
//! within what its limits allow at one time, times the number of sizes at the worst.
#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]
#![allow(clippy::cast_ptr_alignment, reason = "every block is aligned for a pointer")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};

/// Every block begins at a multiple of this.
const ALIGN: usize = 16;
/// Blocks up to this many bytes differ by [`ALIGN`]; above, there are [`STEPS`] sizes to each doubling.
const SMALL: usize = 1024;
/// Blocks above this many bytes are the C library's, which maps them one by one.
const LARGE: usize = 32 * 1024;
/// Blocks of this many bytes are buffers, of which most is never touched: they are taken from the end of the
/// chunk, where memory comes page by page.
const BUFFER: usize = 16 * 1024;
/// Sizes to a doubling.
const STEPS: usize = 4;
/// The number of sizes.
const SIZES: usize = SMALL / ALIGN + STEPS * (LARGE / SMALL).ilog2() as usize;
/// Bytes of address space that a thread takes at a time.
const CHUNK: usize = 1024 * 1024;
/// Bytes of it that it asks memory for at a time: page by page costs a fault each, and more than is used
/// costs what clearing it does, a microsecond a page.
const STEP: usize = 2 * LARGE;

/// The allocator. Each thread has its own blocks, so that none waits for another and no instruction
/// locks the bus; a block that one gives back to another is that one's from then on.
#[derive(Debug, Default)]
pub struct Heap;

thread_local! {
    /// Without a destructor, and so without anything to allocate.
    static BLOCKS: UnsafeCell<Blocks> = const { UnsafeCell::new(Blocks::EMPTY) };
}

#[derive(Debug)]
struct Blocks {
    /// The first free block of each size; each holds the address of the next.
    free: [*mut u8; SIZES],
    /// What is left of the chunk, and how much of that has memory.
    next: *mut u8,
    left: usize,
    ready: usize,
}

/// The index of a size, and its bytes; `None` for what is the C library's.
fn size_of(layout: Layout) -> Option<(usize, usize)> {
    let bytes = layout.size();
    if layout.align() > ALIGN || bytes > LARGE {
        return None;
    }
    if bytes <= SMALL {
        let index = bytes.saturating_sub(1) / ALIGN;
        return Some((index, (index + 1) * ALIGN));
    }
    let doublings = ((bytes - 1) / SMALL).ilog2() as usize;
    let begin = SMALL << doublings;
    let steps = (bytes - begin).div_ceil(begin / STEPS);
    let index = SMALL / ALIGN + STEPS * doublings + steps - 1;
    Some((index, begin + steps * (begin / STEPS)))
}

impl Blocks {
    const EMPTY: Self =
        Self { free: [ptr::null_mut(); SIZES], next: ptr::null_mut(), left: 0, ready: 0 };

    fn take(&mut self, index: usize, bytes: usize) -> *mut u8 {
        let Some(first) = self.free.get_mut(index) else { return ptr::null_mut() };
        if !first.is_null() {
            let block = *first;
            // SAFETY: a free block is ours alone, aligned for a pointer, and holds the next one's
            // address since `give`.
            *first = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        if bytes >= BUFFER && self.left - self.ready >= bytes {
            self.left -= bytes;
            // SAFETY: what is left of the chunk ends `left + bytes` bytes from `next`, and is not ready yet.
            return unsafe { self.next.add(self.left) };
        }
        if self.ready < bytes && !self.extend(bytes) {
            return ptr::null_mut();
        }
        let block = self.next;
        // SAFETY: at least `bytes` bytes of the chunk are left from `next` on.
        self.next = unsafe { block.add(bytes) };
        self.left -= bytes;
        self.ready -= bytes;
        block
    }

    /// Makes at least `bytes` bytes ready; false where the kernel gives none.
    #[cold]
    fn extend(&mut self, bytes: usize) -> bool {
        if self.left < bytes {
            // SAFETY: a new mapping, at an address that the kernel chooses, touches no other memory.
            let fresh = unsafe {
                mmap_anonymous(
                    ptr::null_mut(),
                    CHUNK,
                    ProtFlags::READ | ProtFlags::WRITE,
                    MapFlags::PRIVATE,
                )
            };
            let Ok(fresh) = fresh else { return false };
            (self.next, self.left, self.ready) = (fresh.cast(), CHUNK, 0);
        }
        // Both are whole numbers of pages, so this is where what is ready ends.
        let more = STEP.min(self.left - self.ready);
        // A kernel that does not know this (before 5.14) gives memory when it is touched.
        // SAFETY: the range is part of a mapping of ours; what is there is not changed.
        let _ =
            unsafe { madvise(self.next.add(self.ready).cast(), more, Advice::LinuxPopulateWrite) };
        self.ready += more;
        true
    }

    fn give(&mut self, index: usize, block: *mut u8) {
        let Some(first) = self.free.get_mut(index) else { return };
        // SAFETY: the block was taken here, has at least `ALIGN` bytes, and nobody uses it any more.
        unsafe { block.cast::<*mut u8>().write(*first) };
        *first = block;
    }
}

impl Heap {
    /// An empty heap.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

fn with_blocks<T>(body: impl FnOnce(&mut Blocks) -> T) -> T {
    // SAFETY: no other thread can reach them, and this one has no other reference to them: `body` neither
    // allocates from this heap nor keeps what it is given.
    BLOCKS.with(|blocks| body(unsafe { &mut *blocks.get() }))
}

// SAFETY: `alloc` returns null, or a block of at least the layout's size, aligned to at least its
// alignment, that overlaps no other that is in use: blocks are cut from chunks without overlap, at
// multiples of `ALIGN`, and are in the free list of their size or in use, never both.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match size_of(layout) {
            Some((index, bytes)) => with_blocks(|blocks| blocks.take(index, bytes)),
            // SAFETY: the caller's promises are those that `System` asks for.
            None => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match size_of(layout) {
            Some((index, bytes)) => {
                let block = with_blocks(|blocks| blocks.take(index, bytes));
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
            Some((index, _)) => with_blocks(|blocks| blocks.give(index, block)),
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
mod tests {
    use std::alloc::{GlobalAlloc, Layout};

    use super::{ALIGN, Heap, LARGE, SIZES, SMALL, STEPS, size_of};

    #[test]
    fn every_size_has_a_list_and_fits() {
        for bytes in 1..=LARGE {
            let (index, block) = size_of(Layout::from_size_align(bytes, 8).unwrap()).unwrap();
            assert!(index < SIZES && block >= bytes && block % ALIGN == 0, "{bytes}");
            assert!(block - bytes < if bytes > SMALL { bytes / STEPS } else { ALIGN }, "{bytes}");
        }
        for (bytes, align) in [(LARGE + 1, 8), (8, 2 * ALIGN)] {
            assert_eq!(size_of(Layout::from_size_align(bytes, align).unwrap()), None);
        }
    }

    /// Allocates, grows, shrinks and frees by a fixed pattern; each block keeps its own bytes.
    #[test]
    fn blocks_in_use_never_overlap() {
        let heap = Heap::new();
        let mut used: Vec<(*mut u8, Layout, u8)> = Vec::new();
        let mut seed = 1u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 33).unwrap() % below
        };
        for step in 0..20_000 {
            let fill = u8::try_from(step % 251).unwrap();
            let bytes = 1 + random([64, 4096, 3 * LARGE][step % 3]);
            if used.len() < 200 && random(3) > 0 {
                let layout = Layout::from_size_align(bytes, 1 << random(7)).unwrap();
                // SAFETY: the size is not 0.
                let block = unsafe { heap.alloc(layout) };
                assert!(!block.is_null() && block.addr() % layout.align() == 0);
                // SAFETY: the whole block is ours to fill.
                unsafe { block.write_bytes(fill, layout.size()) };
                used.push((block, layout, fill));
            } else if let Some(at) = used.len().checked_sub(1).map(|last| random(last + 1)) {
                let (block, layout, old) = used.swap_remove(at);
                // SAFETY: the block is in use with this layout, and filled.
                let kept = unsafe { std::slice::from_raw_parts(block, layout.size()) };
                assert!(kept.iter().all(|byte| *byte == old), "step {step}");
                if random(2) == 0 {
                    // SAFETY: as above; nobody uses the block any more.
                    unsafe { heap.dealloc(block, layout) };
                } else {
                    // SAFETY: as above; the new size is not 0.
                    let moved = unsafe { heap.realloc(block, layout, bytes) };
                    assert!(!moved.is_null());
                    let layout = Layout::from_size_align(bytes, layout.align()).unwrap();
                    // SAFETY: the block has the new size, of which the first part was copied.
                    unsafe {
                        let copied = std::slice::from_raw_parts(moved, kept_bytes(kept, bytes));
                        assert!(copied.iter().all(|byte| *byte == old), "step {step}");
                        moved.write_bytes(fill, bytes);
                    }
                    used.push((moved, layout, fill));
                }
            }
        }
        for (block, layout, _) in used {
            // SAFETY: the block is in use with this layout.
            unsafe { heap.dealloc(block, layout) };
        }
    }

    fn kept_bytes(old: &[u8], new: usize) -> usize {
        old.len().min(new)
    }

    #[test]
    fn zeroed_means_zeroed_even_when_used_before() {
        let heap = Heap::new();
        let layout = Layout::from_size_align(100, 8).unwrap();
        // SAFETY: the size is not 0; each block is used only while it is ours.
        unsafe {
            let block = heap.alloc(layout);
            block.write_bytes(7, 100);
            heap.dealloc(block, layout);
            let again = heap.alloc_zeroed(layout);
            assert_eq!(again, block);
            assert!(std::slice::from_raw_parts(again, 100).iter().all(|byte| *byte == 0));
            heap.dealloc(again, layout);
        }
    }
}
