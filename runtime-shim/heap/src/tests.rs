//! Blocks of any size, in use or not, and where they go.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use std::alloc::{GlobalAlloc, Layout};
use std::collections::BTreeSet;

use crate::Heap;
use crate::blocks::{ALIGN, Blocks, KEPT, LARGE, SIZES, SMALL, STEPS, size_of};
use crate::surplus::Surplus;

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
    use_many(&Heap::new());
}

fn use_many(heap: &impl GlobalAlloc) {
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
    use_again(&Heap::new());
}

fn use_again(heap: &impl GlobalAlloc) {
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

/// Of what a thread gives back, it keeps so much of each size; the rest is for others, all of it.
#[test]
fn what_is_too_much_for_one_is_for_another() {
    for bytes in [ALIGN, 112, SMALL, LARGE] {
        let (index, bytes) = size_of(Layout::from_size_align(bytes, 8).unwrap()).unwrap();
        let surplus = Surplus::new();
        let (mut one, mut other) = (Blocks::EMPTY, Blocks::EMPTY);
        let list = KEPT / bytes + 1;
        let blocks: Vec<_> = (0..3 * list - 1).map(|_| one.take(&surplus, index, bytes)).collect();
        let known: BTreeSet<_> = blocks.iter().map(|block| block.addr()).collect();
        for block in blocks {
            one.give(&surplus, index, bytes, block);
        }
        let mut again: BTreeSet<_> =
            (0..2 * list).map(|_| other.take(&surplus, index, bytes).addr()).collect();
        assert!(again.len() == 2 * list && again.is_subset(&known), "{bytes}");
        // The third list was not long enough: what the one has kept is there, and no more.
        again.extend((0..list - 1).map(|_| one.take(&surplus, index, bytes).addr()));
        assert_eq!(again, known, "{bytes}");
        assert!(!known.contains(&one.take(&surplus, index, bytes).addr()), "{bytes}");
    }
}

/// As a heap: what one thread gives back in the end serves another.
#[test]
fn threads_that_hand_each_other_blocks_take_no_more_memory() {
    let heap = Heap::new();
    let layout = Layout::from_size_align(LARGE, 8).unwrap();
    let many = 4 * KEPT / LARGE;
    let mut known = BTreeSet::new();
    for _ in 0..100 {
        // SAFETY: the size is not 0.
        let make = || (0..many).map(|_| unsafe { heap.alloc(layout) }.expose_provenance());
        let blocks: Vec<usize> = std::thread::scope(|scope| {
            scope.spawn(|| make().collect::<Vec<usize>>()).join().unwrap()
        });
        known.extend(blocks.iter().copied());
        for block in blocks {
            // SAFETY: it was allocated so, and nobody uses it.
            unsafe { heap.dealloc(std::ptr::with_exposed_provenance_mut(block), layout) };
        }
    }
    // This thread keeps some, and each of the others ended with some.
    assert!(known.len() < 100 * many / 2, "{}", known.len());
}
