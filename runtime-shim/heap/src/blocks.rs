//! Free blocks of every size, and what is left of a chunk.

use std::alloc::Layout;
use std::ptr;

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};

/// Every block begins at a multiple of this.
pub(crate) const ALIGN: usize = 16;
/// Blocks up to this many bytes differ by [`ALIGN`]; above, there are [`STEPS`] sizes to each doubling.
pub(crate) const SMALL: usize = 1024;
/// Blocks above this many bytes are the C library's, which maps them one by one.
pub(crate) const LARGE: usize = 32 * 1024;
/// Blocks of this many bytes are buffers, of which most is never touched: they are taken from the end of the
/// chunk, where memory comes page by page.
const BUFFER: usize = 16 * 1024;
/// Sizes to a doubling.
pub(crate) const STEPS: usize = 4;
/// The number of sizes.
pub(crate) const SIZES: usize = SMALL / ALIGN + STEPS * (LARGE / SMALL).ilog2() as usize;
/// Bytes of address space that a thread takes at a time.
const CHUNK: usize = 1024 * 1024;
/// Bytes of it that it asks memory for at a time: page by page costs a fault each, and more than is used
/// costs what clearing it does, a microsecond a page.
const STEP: usize = 2 * LARGE;

#[derive(Debug)]
pub struct Blocks {
    /// The first free block of each size; each holds the address of the next.
    free: [*mut u8; SIZES],
    /// What is left of the chunk, and how much of that has memory.
    next: *mut u8,
    left: usize,
    ready: usize,
}

// SAFETY: the blocks that they point to are nobody's but theirs, and of no thread.
unsafe impl Send for Blocks {}

/// The index of a size, and its bytes; `None` for what is the C library's.
pub(crate) fn size_of(layout: Layout) -> Option<(usize, usize)> {
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
    pub(crate) const EMPTY: Self =
        Self { free: [ptr::null_mut(); SIZES], next: ptr::null_mut(), left: 0, ready: 0 };

    pub(crate) fn take(&mut self, index: usize, bytes: usize) -> *mut u8 {
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

    pub(crate) fn give(&mut self, index: usize, block: *mut u8) {
        let Some(first) = self.free.get_mut(index) else { return };
        // SAFETY: the block was taken here, has at least `ALIGN` bytes, and nobody uses it any more.
        unsafe { block.cast::<*mut u8>().write(*first) };
        *first = block;
    }
}
