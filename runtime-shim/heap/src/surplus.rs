//! Free blocks that a thread has more of than it keeps, for whichever needs some: in a program that lives long, one
//! thread may allocate what another gives back.

use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::blocks::SIZES;

/// Lists of free blocks, each of which goes from one thread to another as a whole.
#[derive(Debug)]
pub(crate) struct Surplus {
    /// The first block of the first list of each size.
    lists: Mutex<Lists>,
    /// Whether there has ever been one: most programs end before, and lock nothing.
    any: AtomicBool,
}

#[derive(Debug)]
struct Lists([*mut u8; SIZES]);

// SAFETY: the blocks that they point to are nobody's.
unsafe impl Send for Lists {}

impl Surplus {
    pub(crate) const fn new() -> Self {
        let lists = Mutex::new(Lists([ptr::null_mut(); SIZES]));
        Self { lists, any: AtomicBool::new(false) }
    }

    /// Takes over a list of free blocks.
    #[cold]
    pub(crate) fn put(&self, index: usize, list: *mut u8) {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = lists.0.get_mut(index) else { return };
        // SAFETY: a free block has room for two addresses; the first is that of the next in its list.
        unsafe { list.cast::<*mut u8>().add(1).write(*first) };
        *first = list;
        self.any.store(true, Ordering::Relaxed);
    }

    /// Hands out a list of free blocks; null where there is none.
    pub(crate) fn take(&self, index: usize) -> *mut u8 {
        if self.any.load(Ordering::Relaxed) { self.take_locked(index) } else { ptr::null_mut() }
    }

    #[cold]
    fn take_locked(&self, index: usize) -> *mut u8 {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = lists.0.get_mut(index) else { return ptr::null_mut() };
        let list = *first;
        if !list.is_null() {
            // SAFETY: written by `put`, and the block is still free.
            *first = unsafe { list.cast::<*mut u8>().add(1).read() };
        }
        list
    }
}
