use std::vec::Vec;

use super::*;

/// Longer than every length that is treated in a way of its own.
const MOST: usize = 300;

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at * 31 + at / 256) % 251).unwrap()).collect()
}

#[test]
fn copies_every_length_at_every_distance() {
    for length in 0..=MOST {
        for (from, to) in (0..=80).map(|by| (80, 80 + by)).chain((0..=80).map(|by| (80, 80 - by))) {
            let mut ours = bytes(MOST + 160);
            let mut wanted = ours.clone();
            wanted.copy_within(from..from + length, to);
            // SAFETY: both blocks are within the vector.
            unsafe { copy(ours.as_mut_ptr().add(to), ours.as_ptr().add(from), length) };
            assert!(ours == wanted, "{length} bytes from {from} to {to}");
        }
    }
}

#[test]
fn compares_every_length_and_every_byte() {
    let plain = bytes(MOST);
    for length in 0..=MOST {
        for (at, by) in (0..=length).flat_map(|at| [(at, 1), (at, 255)]) {
            let mut other = plain.clone();
            if let Some(byte) = other.get_mut(at) {
                *byte = byte.wrapping_add(by);
            }
            // SAFETY: both vectors are that long.
            let found = unsafe { compare(plain.as_ptr(), other.as_ptr(), length) };
            assert_eq!(found.cmp(&0), plain[..length].cmp(&other[..length]), "{length}, {at}");
            assert_eq!(found == 0, at == length, "{length}, {at}");
        }
    }
}
