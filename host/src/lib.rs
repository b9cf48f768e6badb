//! Gantry injects devices into containers.
//!
//! The rooms of this crate, from the ground up; each imports only what lies below it:
//!
//! - [`document`]: a container's `config.json`, kept whole, and typed edits of it;
//! - [`host_files`]: files of the host below given roots;
//! - [`gpu`]: the GPUs of the host;
//! - [`modifier`] (feature `pipeline`): the sandbox that modifiers run in;
//! - [`cdi`]: Container Device Interface specs, devices, and what they change;
//! - [`generate`]: specs made from the inventory of GPUs and the driver's files;
//! - [`pipeline`] (feature `config`, `pipeline`): configuration, stages, grants, journal.
#![deny(unsafe_code)]

pub mod cdi;
#[cfg(feature = "config")]
pub mod digest;
pub mod document;
pub mod generate;
pub mod gpu;
pub mod host_files;
#[cfg(feature = "config")]
pub mod modifier;
pub mod path;
#[cfg(feature = "config")]
pub mod pipeline;
pub mod text;
#[cfg(feature = "config")]
pub mod trust;
mod user_namespace;
