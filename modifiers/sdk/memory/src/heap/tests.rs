use std::alloc::{GlobalAlloc as _, Layout};
use std::vec::Vec;

use super::*;

/// Memory that begins anywhere, and can grow to its end.
struct Fixed {
    memory: Vec<u8>,
    given: Cell<usize>,
}

impl Fixed {
    fn new(pages: usize) -> Heap<Self> {
        Heap::new(Self { memory: std::vec![0xaa; pages * PAGE], given: Cell::new(PAGE) })
    }
}

impl Source for Fixed {
    fn start(&self) -> (usize, usize) {
        let start = self.memory.as_ptr().expose_provenance();
        (start + 3, start + self.given.get())
    }

    fn grow(&self, bytes: usize) -> Option<()> {
        let given = self.given.get() + bytes;
        self.given.set(given);
        (given <= self.memory.len()).then_some(())
    }
}

/// Allocates, grows, shrinks and frees by a fixed pattern; each block keeps its own bytes.
#[test]
fn blocks_in_use_never_overlap() {
    let heap = Fixed::new(1024);
    let mut used: Vec<(*mut u8, Layout, u8)> = Vec::new();
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for step in 0..20_000 {
        let fill = u8::try_from(step % 251).unwrap();
        let bytes = 1 + random([64, 4096, 3 * PAGE][step % 3]);
        if used.len() < 60 && random(3) > 0 {
            let layout = Layout::from_size_align(bytes, 1 << random(7)).unwrap();
            // SAFETY: the size is not 0.
            let block = unsafe { heap.alloc(layout) };
            assert!(!block.is_null() && block.addr() % layout.align() == 0, "step {step}");
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
                continue;
            }
            let copied = layout.size().min(bytes);
            // SAFETY: as above; the new size is not 0.
            let moved = unsafe { heap.realloc(block, layout, bytes) };
            assert!(!moved.is_null(), "step {step}");
            // SAFETY: the first part was copied, and the whole block is ours to fill.
            unsafe {
                let copied = std::slice::from_raw_parts(moved, copied);
                assert!(copied.iter().all(|byte| *byte == old), "step {step}");
                moved.write_bytes(fill, bytes);
            }
            used.push((moved, Layout::from_size_align(bytes, layout.align()).unwrap(), fill));
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let heap = Fixed::new(2);
    let all = isize::MAX.unsigned_abs();
    for (size, align) in [(all - PAGE + 1, PAGE), (1 << 32, 1), (1, 2 * PAGE), (3 * PAGE, 1)] {
        let layout = Layout::from_size_align(size, align).unwrap();
        // SAFETY: the size is not 0.
        assert!(unsafe { heap.alloc(layout) }.is_null(), "{size}, {align}");
    }
}
