//! `gantry config from-nvidia`: the configuration of the NVIDIA Container Toolkit as one of Gantry's.

mod ours;
mod programs;
#[cfg(test)]
#[rustfmt::skip] // tables: one line a case
mod tests;
mod toolkit;
mod translate;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use gantry::pipeline::config::Config;

use crate::output::print;
use programs::Programs;
use toolkit::Toolkit;

/// Where the toolkit keeps its configuration below `/etc` and `$XDG_CONFIG_HOME`.
const FILE: &str = "nvidia-container-runtime/config.toml";
/// Bytes of it.
const MOST: u64 = 1 << 20;

/// Print the configuration that does what the NVIDIA Container Toolkit's `config.toml` does.
///
/// Each value says which key it comes from, and each key that has no effect here is listed with the
/// reason. A key that cannot be honoured is an error, and nothing is printed. Profiles for
/// `nvidia-container-runtime.cdi` and `.legacy` are built in.
///
///   gantry config from-nvidia > /etc/gantry/config.toml && gantry config check
#[derive(Args)]
pub(crate) struct FromNvidia {
    /// The toolkit's file. [default: `$NVIDIA_CTK_CONFIG_FILE_PATH`, else
    /// `$XDG_CONFIG_HOME/nvidia-container-runtime/config.toml`, else that below `/etc`]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
}

impl FromNvidia {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let file = self.file();
        let shown = file.display().to_string();
        let text = read(&file)?;
        if text.is_none() && self.file.is_some() {
            bail!("{shown}: not there; name the toolkit's config.toml");
        }
        let of = match text {
            Some(_) => shown.clone(),
            None => format!("the toolkit's defaults ({shown} is not there)"),
        };
        let text = translate(text.as_deref().unwrap_or_default(), &of, &Programs::of_process())
            .with_context(|| shown.clone())?;
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }

    /// The file that the toolkit itself would read.
    fn file(&self) -> PathBuf {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let below_xdg = || Some(PathBuf::from(set("XDG_CONFIG_HOME")?).join(FILE));
        self.file
            .clone()
            .or_else(|| set("NVIDIA_CTK_CONFIG_FILE_PATH").map(PathBuf::from))
            .or_else(|| below_xdg().filter(|path| path.exists()))
            .unwrap_or_else(|| Path::new("/etc").join(FILE))
    }
}

/// The text of a file; `None` where it is not there.
fn read(path: &Path) -> Result<Option<String>> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    if !metadata.is_file() || metadata.len() > MOST {
        bail!("{}: no regular file of at most {} MiB", path.display(), MOST >> 20);
    }
    std::fs::read_to_string(path).map(Some).with_context(|| path.display().to_string())
}

/// The text of ours for the text of theirs.
fn translate(text: &str, of: &str, programs: &Programs) -> Result<String> {
    let toolkit = Toolkit::parse(text)?;
    let ours = translate::translate(&toolkit, &Config::built_in()?, programs)?.text(of);
    // What does not load helps nobody.
    Config::from_texts([], (PathBuf::from("the translation"), ours.clone()))?;
    Ok(ours)
}
