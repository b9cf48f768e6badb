//! Whose the free blocks are.

use std::cell::UnsafeCell;
use std::sync::{Mutex, PoisonError};

use crate::blocks::Blocks;

/// Each thread has its own blocks, so that none waits for another and no instruction locks the bus. A block
/// that one gives back to another is that one's from then on: for a program whose threads hand each other
/// little, or that ends soon.
#[derive(Debug)]
pub struct OfThread;

/// All threads have the same blocks: for a program that may live long.
#[derive(Debug)]
pub struct Shared(Mutex<Blocks>);

impl Shared {
    pub(crate) const fn empty() -> Self {
        Self(Mutex::new(Blocks::EMPTY))
    }
}

/// Who keeps the blocks.
pub trait Keeper {
    fn with<T>(&self, body: impl FnOnce(&mut Blocks) -> T) -> T;
}

impl Keeper for OfThread {
    fn with<T>(&self, body: impl FnOnce(&mut Blocks) -> T) -> T {
        // SAFETY: no other thread can reach them, and this one has no other reference to them: `body` neither
        // allocates from this heap nor keeps what it is given.
        BLOCKS.with(|blocks| body(unsafe { &mut *blocks.get() }))
    }
}

impl Keeper for Shared {
    fn with<T>(&self, body: impl FnOnce(&mut Blocks) -> T) -> T {
        // Nothing in there panics half-way. The lock neither allocates nor is it held while something does.
        body(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

thread_local! {
    /// Without a destructor, and so without anything to allocate.
    static BLOCKS: UnsafeCell<Blocks> = const { UnsafeCell::new(Blocks::EMPTY) };
}
