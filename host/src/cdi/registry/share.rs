//! Work on many items that spends its time in the kernel, shared among threads.

use std::num::NonZero;
use std::thread::{Builder, available_parallelism, scope};

/// With fewer items a thread costs more than it saves.
const MANY: usize = 64;
/// More threads than these wait for each other in the kernel.
const MOST: usize = 4;

/// Does the work in shares, each by a thread of its own where there are many items. What it gives comes
/// in the order of the items.
pub(super) fn shared<'t, T: Sync, R: Send>(
    items: &'t [T],
    work: &(impl Fn(&'t [T]) -> Vec<R> + Sync),
) -> Vec<R> {
    if items.len() < MANY {
        return work(items);
    }
    let threads = available_parallelism().map_or(1, NonZero::get).min(MOST);
    let mut shares = items.chunks(items.len().div_ceil(threads).max(1));
    let own = shares.next().unwrap_or_default();
    scope(|scope| {
        let others: Vec<_> = shares
            .map(|share| (share, Builder::new().spawn_scoped(scope, move || work(share))))
            .collect();
        let mut all = work(own);
        for (share, thread) in others {
            // Where no thread can be had, it is done here.
            let done = thread.map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            all.extend(done.unwrap_or_else(|_| work(share)));
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_and_in_order() {
        for count in [0, 1, MANY - 1, MANY, MANY + 1, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let double = |share: &[usize]| share.iter().map(|item| item * 2).collect();
            let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(shared(&items, &double), expected);
        }
    }
}
