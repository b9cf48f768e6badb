//! What a fresh machine lacks: the modifiers' target, and programs to test with.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::process::{output, root, run, target};

/// The target that modifiers are built for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// How modifiers are compiled on this machine.
pub(crate) enum WasmToolchain {
    /// The toolchain has the target.
    Target,
    /// The standard library is built from the source that Debian's `rust-web-src` brings.
    BuildStd {
        /// A compiler that fits that source.
        rustc: PathBuf,
        /// A linker for wasm.
        linker: PathBuf,
    },
}

/// The target of programs that are static: musl's, whose start takes a fraction of glibc's; where the
/// toolchain cannot have it, the machine's own.
pub(crate) fn static_target() -> Result<String> {
    let musl = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    if has_target(&musl)? || add_target(&musl)? {
        return Ok(musl);
    }
    eprintln!(
        "no target {musl}: the wrapper is linked statically with the C library of this machine"
    );
    crate::build::host()
}

/// Finds a way to compile modifiers, installing the target where that is possible.
pub(crate) fn wasm_toolchain() -> Result<WasmToolchain> {
    if has_target(WASM)? || add_target(WASM)? {
        return Ok(WasmToolchain::Target);
    }
    debian().with_context(|| {
        format!(
            "no way to build for {WASM}: `rustup target add {WASM}` did not work, and neither did \
             Debian's rustc-web and rust-web-src"
        )
    })
}

fn sysroot() -> Result<PathBuf> {
    Ok(output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()))?
        .trim()
        .into())
}

fn has_target(target: &str) -> Result<bool> {
    Ok(sysroot()?.join("lib/rustlib").join(target).join("lib").is_dir())
}

/// Adds a target to the toolchain, where rustup can.
fn add_target(target: &str) -> Result<bool> {
    eprintln!("adding the Rust target {target}");
    let added = Command::new("rustup").args(["target", "add", target]).current_dir(root()).status();
    Ok(added.is_ok_and(|status| status.success()) && has_target(target)?)
}

/// Debian's compiler with its own library source, which `-Zbuild-std` builds for the target.
fn debian() -> Result<WasmToolchain> {
    let rustc = PathBuf::from("/usr/bin/rustc");
    let packaged = || {
        let list = Command::new("dpkg").args(["-s", "rust-web-src"]).output();
        list.is_ok_and(|output| output.status.success()) && rustc.exists()
    };
    if !packaged() {
        script("install-debian-rust.sh")?;
    }
    let linker = ["wasm-ld", "lld"]
        .into_iter()
        .find_map(which)
        .or_else(rust_lld)
        .context("no linker for wasm: neither wasm-ld, lld nor rust-lld")?;
    Ok(WasmToolchain::BuildStd { rustc, linker })
}

fn rust_lld() -> Option<PathBuf> {
    let host =
        output(Command::new("rustc").args(["--print", "host-tuple"]).current_dir(root())).ok()?;
    let lld = sysroot().ok()?.join("lib/rustlib").join(host.trim()).join("bin/rust-lld");
    lld.exists().then_some(lld)
}

/// How modifiers in C are compiled on this machine.
pub(crate) struct CToolchain {
    /// A clang that knows wasm.
    pub(crate) clang: PathBuf,
    /// A linker that it does not find by itself.
    pub(crate) linker: Option<PathBuf>,
}

/// Finds clang and a linker for wasm, installing them where that is possible; `None`, and a line that
/// says why, where there is no way.
pub(crate) fn c_toolchain() -> Option<CToolchain> {
    installed(&["clang"], "install-c-toolchain.sh");
    let clang = which("clang")?;
    let targets = output(Command::new(&clang).arg("--print-targets")).unwrap_or_default();
    if !targets.contains("wasm32") {
        eprintln!("{} knows no wasm32", clang.display());
        return None;
    }
    if which("wasm-ld").is_some() {
        return Some(CToolchain { clang, linker: None });
    }
    // Under this name lld knows what it is to link.
    let linker = rust_lld().map(|lld| lld.with_file_name("gcc-ld").join("wasm-ld"));
    let linker = linker.filter(|linker| linker.exists());
    if linker.is_none() {
        eprintln!("no linker for wasm: neither lld's wasm-ld nor that of the Rust toolchain");
    }
    linker.map(|linker| CToolchain { clang, linker: Some(linker) })
}

/// A program of the search path.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // Where distributions put runtimes, whatever the search path of an ordinary user says.
    let more = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(more).map(|dir| dir.join(name)).find(|path| path.is_file())
}

/// Installs what containers are run with, when this machine allows it. What stays missing is
/// reported by whoever needs it.
pub(crate) fn runtimes() {
    installed(&["runc", "crun", "busybox"], "install-runtimes.sh");
}

/// A whole Debian for the tests of container hooks, kept for the next time; `None`, and a line that says why,
/// where there is no way.
pub(crate) fn debian_root() -> Option<PathBuf> {
    installed(&["debootstrap"], "install-roots.sh");
    let tree = target().join("debian-root");
    if tree.join("etc/debian_version").is_file() {
        return Some(tree);
    }
    let debootstrap = which("debootstrap")?;
    // Under another name until it is complete.
    let fresh = target().join("debian-root.new");
    let _may_be_absent = fs::remove_dir_all(&fresh);
    // What it mounts goes with it, and a network that does not answer is not waited for long.
    let mut command = Command::new("unshare");
    command.args(["--mount", "timeout", "300"]).arg(debootstrap);
    command.args(["--variant=minbase", "stable"]).arg(&fresh).stdout(Stdio::null());
    let made = run(&mut command).and_then(|()| Ok(fs::rename(&fresh, &tree)?));
    match made {
        Ok(()) => Some(tree),
        Err(error) => {
            eprintln!("SKIPPED the container hooks in a whole Debian: {error:#}");
            let _may_be_absent = fs::remove_dir_all(&fresh);
            None
        }
    }
}

/// The same for the engines, which only tests need.
pub(crate) fn engines() {
    let programs = ["dockerd", "docker", "podman", "containerd", "ctr", "newuidmap", "curl"];
    // Without a user who has ids to give, what needs a user namespace is skipped.
    if fs::metadata("/etc/subuid").is_ok_and(|file| file.len() > 0) {
        installed(&programs, "install-engines.sh");
    } else {
        install(&programs, "install-engines.sh");
    }
}

fn installed(programs: &[&str], by: &str) {
    if programs.iter().all(|program| which(program).is_some()) {
        return;
    }
    install(programs, by);
}

fn install(programs: &[&str], by: &str) {
    if let Err(error) = script(by) {
        eprintln!("not installed: {}: {error:#}", programs.join(", "));
    }
}

fn script(name: &str) -> Result<()> {
    run(Command::new("sh").arg(root().join("xtask/scripts").join(name)))
}
