//! The store of modifiers, from outside: what an attacker, an upgrade or a crash leaves of it, and what
//! the wrapper makes of that. The modifiers trap, which shows in the error: so what ran is told from
//! what was refused.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

#[path = "store/adding.rs"]
mod adding;
#[path = "store/attacks.rs"]
mod attacks;
#[path = "sandbox/component.rs"]
#[allow(dead_code, reason = "shared with the tests of the sandbox")]
mod component;
#[path = "store/reading.rs"]
mod reading;
#[path = "store/rootless.rs"]
mod rootless;
#[path = "store/shop.rs"]
mod shop;
#[path = "store/turns.rs"]
mod turns;
