//! Why a document was refused, or an edit of it.

/// Why a document cannot be used, or an edit not applied. The document is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON (RFC 8259).
    #[error("not valid JSON at line {line} column {column}: {why}")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
        /// What was expected or found.
        why: String,
    },
    /// The text begins with a byte order mark, which RFC 8259 forbids and low-level runtimes refuse.
    #[error("begins with a UTF-8 byte order mark: write it without one")]
    ByteOrderMark,
    /// The document is not an object.
    #[error("the top level is not an object")]
    NotAnObject,
    /// Objects and arrays lie too deep in each other.
    #[error("nested deeper than {limit} levels at line {line} column {column}")]
    TooDeep {
        /// The most levels that are read.
        limit: u32,
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// A key that stands twice in one object: runtimes differ in which one counts.
    #[error("{pointer}: the key stands twice, and runtimes differ in which one counts")]
    DuplicateKey {
        /// RFC 6901 pointer to the key.
        pointer: String,
    },
    /// A key that differs from a known one only in case: runtimes differ in whether it counts.
    #[error(
        "{pointer}: differs from `{known}` only in case, and runtimes differ in whether it counts"
    )]
    AmbiguousCase {
        /// RFC 6901 pointer to the key.
        pointer: String,
        /// The known key.
        known: &'static str,
    },
    /// A value is not of the type that the OCI runtime specification gives it.
    #[error("{pointer}: {why}")]
    WrongType {
        /// RFC 6901 pointer to the value.
        pointer: String,
        /// What was expected.
        why: String,
    },
    /// The edit itself cannot be written into any document.
    #[error("the edit of {pointer} cannot be written: {why}")]
    InvalidEdit {
        /// RFC 6901 pointer to what it would have changed.
        pointer: String,
        /// What is wrong with it.
        why: String,
    },
}
