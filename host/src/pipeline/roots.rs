//! The directories of the host that one run looks below, each opened once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::host_files::{FileError, HostFiles, Opened};

/// The directories that were looked below so far.
#[derive(Debug, Default)]
pub(super) struct Roots(Mutex<BTreeMap<OsString, Arc<dyn HostFiles>>>);

impl Roots {
    /// The files below a directory of the host.
    pub(super) fn files(&self, root: &Path) -> Result<Arc<dyn HostFiles>, FileError> {
        let mut roots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = roots.get(root.as_os_str()) {
            return Ok(Arc::clone(files));
        }
        let files: Arc<dyn HostFiles> = Arc::new(Opened::new(root)?);
        roots.insert(root.into(), Arc::clone(&files));
        Ok(files)
    }
}
