//! A host of one test: engines' files in a temporary folder, `${TMP}` in texts.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gantry_tests::programs::program;
use tempfile::TempDir;

pub(crate) struct Host {
    folder: TempDir,
}

impl Host {
    /// With a wrapper, and the engines' folders. `containerd` is what its `--version` says; empty: it is not
    /// installed.
    pub(crate) fn new(containerd: &str) -> Self {
        let host = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(host.path("bin")).unwrap();
        fs::create_dir_all(host.path("etc")).unwrap();
        host.executable("gantry-runtime", "#!/bin/sh\n");
        if !containerd.is_empty() {
            let script = format!(
                "#!/bin/sh\necho 'containerd github.com/containerd/containerd {containerd} abc'\n"
            );
            host.executable("bin/containerd", &script);
        }
        host
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn executable(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> &Self {
        let path = self.path("etc").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("${TMP}", &self.tmp())).unwrap();
        self
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path("etc").join(name)).unwrap()
    }

    fn tmp(&self) -> String {
        self.folder.path().to_str().unwrap().to_owned()
    }

    /// `gantry runtime ARGS`; `@NAME` in an argument is a file below `etc`.
    pub(crate) fn gantry(&self, arguments: &[&str]) -> Output {
        let etc = self.tmp() + "/etc/";
        let arguments = arguments.iter().map(|argument| argument.replace('@', &etc));
        Command::new(program("gantry"))
            .arg("runtime")
            .args(arguments)
            .env_clear()
            .env("PATH", self.path("bin"))
            .output()
            .unwrap()
    }

    /// `configure` for an engine, with the wrapper of this host.
    pub(crate) fn configure(&self, engine: &str, config: &str, options: &[&str]) -> Output {
        let wrapper = self.tmp() + "/gantry-runtime";
        let config = format!("@{config}");
        let mut arguments = vec!["configure", "--engine", engine, "--config", &config];
        if !options.contains(&"--remove") && !options.contains(&"--path") {
            arguments.extend(["--path", &wrapper]);
        }
        arguments.extend(options);
        self.gantry(&arguments)
    }

    /// What it printed; it must have succeeded.
    pub(crate) fn said(&self, output: &Output) -> String {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "failed: {errors}");
        assert_eq!(errors, "");
        self.neutral(&output.stdout)
    }

    /// The one line of a failure.
    pub(crate) fn refused(&self, output: &Output) -> String {
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
        let errors = self.neutral(&output.stderr);
        assert_eq!(errors.lines().count(), 1, "{errors}");
        errors.trim_end().to_owned()
    }

    fn neutral(&self, text: &[u8]) -> String {
        String::from_utf8(text.to_vec()).unwrap().replace(&self.tmp(), "${TMP}")
    }

    /// Every file below `etc`, by its name.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        self.collect(&self.path("etc"), &mut files);
        files
    }

    fn collect(&self, folder: &Path, files: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.collect(&path, files);
            } else {
                let name =
                    path.strip_prefix(self.path("etc")).unwrap().to_str().unwrap().to_owned();
                files.insert(name, self.neutral(&fs::read(&path).unwrap()));
            }
        }
    }
}
