//! The sandbox from outside: a modifier does what its stage was granted, and nothing else; a hostile
//! one ends as its stage's error, and the host goes on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]
#![allow(
    clippy::similar_names,
    reason = "`case` and `cause`, `mode` and `made` are the right words"
)]

mod component;
mod files;
mod grants;
mod hostile;
mod memory;
mod repeat;
mod roots;
mod scene;
mod wrapper;
