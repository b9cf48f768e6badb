//! Free blocks of every size, and what is left of a chunk.

use std::alloc::Layout;
use std::ptr;

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};

use crate::surplus::Surplus;

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

/// Bytes of free blocks of one size that a thread keeps for itself.
pub(crate) const KEPT: usize = 256 * 1024;

#[derive(Debug)]
pub(crate) struct Blocks {
    free: [List; SIZES],
    /// What is left of the chunk, and how much of that has memory.
    next: *mut u8,
    left: usize,
    ready: usize,
}

/// Free blocks of one size.
#[derive(Debug, Clone, Copy)]
struct List {
    /// The first; each holds the address of the next.
    first: *mut u8,
    /// Bytes of all of them.
    bytes: usize,
}

impl List {
    const EMPTY: Self = Self { first: ptr::null_mut(), bytes: 0 };
}

/// The index of a size, and its bytes; `None` for what is the C library's.
#[inline]
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
        Self { free: [List::EMPTY; SIZES], next: ptr::null_mut(), left: 0, ready: 0 };

    #[inline]
    pub(crate) fn take(&mut self, surplus: &Surplus, index: usize, bytes: usize) -> *mut u8 {
        let Some(list) = self.free.get_mut(index) else { return ptr::null_mut() };
        if list.first.is_null() {
            let more = surplus.take(index);
            if more.is_null() {
                return self.cut(bytes);
            }
            // As many as there are when a list becomes too long.
            *list = List { first: more, bytes: (KEPT / bytes + 1) * bytes };
        }
        let block = list.first;
        // SAFETY: a free block is ours alone, aligned for a pointer, and holds the next one's address
        // since `give`.
        list.first = unsafe { block.cast::<*mut u8>().read() };
        list.bytes -= bytes;
        block
    }

    /// A block of the chunk.
    fn cut(&mut self, bytes: usize) -> *mut u8 {
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

    #[inline]
    pub(crate) fn give(&mut self, surplus: &Surplus, index: usize, bytes: usize, block: *mut u8) {
        let Some(list) = self.free.get_mut(index) else { return };
        // SAFETY: the block was taken here or by another thread, has at least `ALIGN` bytes, and nobody
        // uses it any more.
        unsafe { block.cast::<*mut u8>().write(list.first) };
        list.first = block;
        list.bytes += bytes;
        if list.bytes > KEPT {
            surplus.put(index, std::mem::replace(list, List::EMPTY).first);
        }
    }
}
