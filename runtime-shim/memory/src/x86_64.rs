//! With SSE2, which every x86-64 has.

use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_storeu_si128,
};
use core::ffi::c_int;

/// Bytes of a vector.
const V: usize = size_of::<__m128i>();

/// # Safety
///
/// `V` bytes from `from` on may be read.
#[inline]
unsafe fn load(from: *const u8) -> __m128i {
    // SAFETY: the caller's promise; it need not be aligned.
    unsafe { _mm_loadu_si128(from.cast()) }
}

/// # Safety
///
/// `V` bytes from `to` on may be written.
#[inline]
unsafe fn store(to: *mut u8, vector: __m128i) {
    // SAFETY: the caller's promise; it need not be aligned.
    unsafe { _mm_storeu_si128(to.cast(), vector) }
}

/// Copies the first and the last `T` of a block, which are all of it. Both are read before one is
/// written.
///
/// # Safety
///
/// As [`copy`], and the length is at least that of a `T` and at most twice that.
#[inline]
unsafe fn ends<T: Copy>(to: *mut u8, from: *const u8, length: usize) {
    let last = length - size_of::<T>();
    // SAFETY: both are within the block.
    unsafe {
        let (head, tail) =
            (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
        to.cast::<T>().write_unaligned(head);
        to.add(last).cast::<T>().write_unaligned(tail);
    }
}

/// Copies `length` bytes; the blocks may overlap.
///
/// # Safety
///
/// `length` bytes may be read from `from` on, and written from `to` on.
#[inline]
pub unsafe fn copy(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: every access is within the blocks, by the lengths that are compared.
    unsafe {
        // The shortest are the most.
        if length < V {
            match length {
                8.. => ends::<u64>(to, from, length),
                4.. => ends::<u32>(to, from, length),
                2.. => ends::<u16>(to, from, length),
                1 => to.write(from.read()),
                0 => {}
            }
        } else if length <= 2 * V {
            ends::<__m128i>(to, from, length);
        } else if length <= 4 * V {
            ends::<[__m128i; 2]>(to, from, length);
        } else if length <= 8 * V {
            ends::<[__m128i; 4]>(to, from, length);
        } else {
            copy_long(to, from, length);
        }
    }
}

/// # Safety
///
/// As [`copy`], and `length` is at least four vectors.
unsafe fn copy_long(to: *mut u8, from: *const u8, length: usize) {
    const STEP: usize = 4 * V;
    // SAFETY: as below.
    let four = |from: *const u8| unsafe {
        [load(from), load(from.add(V)), load(from.add(2 * V)), load(from.add(3 * V))]
    };
    // SAFETY: as below.
    let put = |to: *mut u8, [a, b, c, d]: [__m128i; 4]| unsafe {
        store(to, a);
        store(to.add(V), b);
        store(to.add(2 * V), c);
        store(to.add(3 * V), d);
    };
    let last = length - STEP;
    // SAFETY: every step begins at `last` or before, and so ends within the blocks. What a step writes, no later
    // one has yet to read: they go away from the overlap, and the end that they go to was read first.
    unsafe {
        if to.addr().wrapping_sub(from.addr()) >= length {
            let tail = four(from.add(last));
            let mut at = 0;
            while at < last {
                put(to.add(at), four(from.add(at)));
                at += STEP;
            }
            put(to.add(last), tail);
        } else {
            let head = four(from);
            let mut at = last;
            while at > 0 {
                put(to.add(at), four(from.add(at)));
                at = at.saturating_sub(STEP);
            }
            put(to, head);
        }
    }
}

/// Less than, equal to or greater than zero, as the first bytes that differ are.
///
/// # Safety
///
/// `length` bytes may be read from both on.
#[inline]
#[must_use]
pub unsafe fn compare(one: *const u8, other: *const u8, length: usize) -> c_int {
    let mut at = 0;
    // SAFETY: every access is within the blocks, by the lengths that are compared.
    unsafe {
        while length - at >= V {
            let same = _mm_cmpeq_epi8(load(one.add(at)), load(other.add(at)));
            let differ = _mm_movemask_epi8(same) ^ 0xffff;
            if differ != 0 {
                return difference(one, other, at + differ.trailing_zeros() as usize);
            }
            at += V;
        }
        while length - at >= size_of::<u64>() {
            let read = |from: *const u8| from.add(at).cast::<u64>().read_unaligned();
            let differ = read(one) ^ read(other);
            if differ != 0 {
                return difference(one, other, at + (differ.trailing_zeros() / 8) as usize);
            }
            at += size_of::<u64>();
        }
        while at < length {
            let differ = difference(one, other, at);
            if differ != 0 {
                return differ;
            }
            at += 1;
        }
    }
    0
}

/// # Safety
///
/// The byte at `at` may be read of both.
#[inline]
unsafe fn difference(one: *const u8, other: *const u8, at: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { c_int::from(one.add(at).read()) - c_int::from(other.add(at).read()) }
}

#[cfg(test)]
mod tests;
