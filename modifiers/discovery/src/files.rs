//! What discovery reads of a host, so that a sandbox, a native program or a test can give it.

/// A folder of the host that paths are relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// Where the driver's files are.
    Driver,
    /// Where the device nodes are.
    Dev,
    /// One of the stage's own, by name.
    Own(&'static str),
}

impl Root {
    /// Its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Driver => "driver-root",
            Self::Dev => "dev-root",
            Self::Own(name) => name,
        }
    }
}

/// The kernel's own files, `/proc` and `/sys`: the host's, wherever the driver is.
pub const KERNEL: Root = Root::Own("host");

/// The architectures that have a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Architecture {
    X86_64,
    Aarch64,
}

impl Architecture {
    /// By its name, as the kernel has it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Aarch64),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        }
    }
}

/// What lstat says of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the root, beginning with `/`.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, 0 to 0o7777.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// In bytes.
    pub size: u64,
    /// Of a device; else 0.
    pub major: u32,
    /// Of a device; else 0.
    pub minor: u32,
}

/// The kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum FileKind {
    File,
    Directory,
    Link,
    CharDevice,
    BlockDevice,
    Fifo,
    Socket,
}

/// The files of a host. Paths begin with `/` and are relative to the root; no link is followed out of
/// it. What is not there is `None` or an empty list; an error is a refusal, or a host that fails.
pub trait Files {
    /// Why a read fails. Discovery adds errors of its own, as text.
    type Error: From<String>;

    /// The entries whose path matches, sorted by path. `*` stays within one element, `**` crosses `/`.
    /// Links in the directories of the path are resolved; the last element is not followed.
    fn glob(&mut self, root: Root, pattern: &str) -> Result<Vec<Entry>, Self::Error>;

    /// The entries at these paths, in the order asked. The last element is not followed.
    fn stat(&mut self, root: Root, paths: &[&str]) -> Result<Vec<Option<Entry>>, Self::Error>;

    /// The target of a link, as it is written.
    fn read_link(&mut self, root: Root, path: &str) -> Result<String, Self::Error>;

    /// The path that is left when all links are followed; `None` where they lead nowhere.
    fn resolve(&mut self, root: Root, path: &str) -> Result<Option<String>, Self::Error>;

    /// A regular file, up to `most` bytes of it; `None` where there is none.
    fn read(&mut self, root: Root, path: &str, most: u32) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The `DT_SONAME` of an ELF shared object; `None` where it has none, or is no such object.
    fn soname(&mut self, root: Root, path: &str) -> Result<Option<String>, Self::Error>;

    /// Tells the operator of something that was looked for and is not there.
    fn warn(&mut self, message: &str);
}
