//! A mode in settings: `cdi`, `jit-cdi`, `csv` or `legacy`.

use serde::{Deserialize, Deserializer};

use crate::Mode;

#[derive(Deserialize)]
#[serde(remote = "Mode", rename_all = "kebab-case")]
enum Text {
    Cdi,
    JitCdi,
    Csv,
    Legacy,
}

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer)
    }
}
