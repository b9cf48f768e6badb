//! What the rules read of a container, so that a test can make one up.

/// The original document of a container. Each call may be checked against grants: the rules ask
/// only for what they need.
pub trait Source {
    /// Why a read fails. The rules add errors of their own, as text.
    type Error: From<String>;

    /// The values of these variables, in the order asked.
    fn env_get(&mut self, names: &[&str]) -> Result<Vec<Option<String>>, Self::Error>;

    /// The variables whose names begin with `prefix`, as pairs of name and value, each name once.
    fn env_with_prefix(&mut self, prefix: &str) -> Result<Vec<(String, String)>, Self::Error>;

    /// The positions in `process.env` of entries without `=`.
    fn malformed(&mut self) -> Result<Vec<u32>, Self::Error>;

    /// The annotations whose keys begin with `prefix`.
    fn annotations_with_prefix(&mut self, prefix: &str) -> Result<Vec<Annotation>, Self::Error>;

    /// The mounts at and below a directory.
    fn mounts_below(&mut self, directory: &str) -> Result<Vec<Mount>, Self::Error>;

    /// The bounding set of capabilities, with names such as `CAP_SYS_ADMIN`.
    fn capabilities(&mut self) -> Result<Vec<String>, Self::Error>;

    /// Tells the operator of a request that is not honoured.
    fn warn(&mut self, message: &str);
}

/// An annotation of the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A mount of the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// On the host; empty where the document has none.
    pub source: String,
    /// In the container.
    pub destination: String,
}
