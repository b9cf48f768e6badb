//! A container's `config.json`, kept whole.
//!
//! A [`Document`] holds the text as it was read and takes typed [`Edit`]s. What no edit touches keeps
//! its bytes: unknown fields, zero values, the order of keys, the text of numbers.

mod edit;
mod view;

pub use edit::{Change, Edit};
pub use view::{
    Capabilities, DeviceNode, DeviceRule, EnvEntry, Hook, HookPoint, IntelRdt, Mount, Namespace,
    User,
};
