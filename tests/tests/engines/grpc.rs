//! A gRPC client of a test's size: curl speaks HTTP/2 over the socket, and messages are written and read field by field.
//! `crictl`, which Debian's stable release lacks, would do no more, and a client library would be a hundred packages.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use gantry_tests::programs::installed;

/// A Protocol Buffers message.
#[derive(Clone, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    pub(crate) fn number(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    pub(crate) fn text(self, field: u64, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    pub(crate) fn message(self, field: u64, value: &Self) -> Self {
        self.bytes(field, &value.0)
    }

    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).unwrap());
    }

    /// The bytes of a field; empty where it is not there.
    fn get(&self, field: u64) -> Vec<u8> {
        self.fields().into_iter().rfind(|(at, _, _)| *at == field).unwrap_or_default().2
    }

    pub(crate) fn get_text(&self, field: u64) -> String {
        String::from_utf8(self.get(field)).unwrap()
    }

    pub(crate) fn get_message(&self, field: u64) -> Self {
        Self(self.get(field))
    }

    pub(crate) fn get_number(&self, field: u64) -> u64 {
        self.fields().into_iter().rfind(|(at, _, _)| *at == field).unwrap_or_default().1
    }

    /// Each with its number, its value if that is a number, and else its bytes.
    fn fields(&self) -> Vec<(u64, u64, Vec<u8>)> {
        let mut rest = self.0.iter().copied();
        let mut found = Vec::new();
        while rest.len() > 0 {
            let key = read_varint(&mut rest);
            let value = read_varint(&mut rest);
            match key & 7 {
                0 => found.push((key >> 3, value, Vec::new())),
                2 => {
                    let length = usize::try_from(value).unwrap();
                    found.push((key >> 3, 0, rest.by_ref().take(length).collect()));
                }
                other => panic!("a field of the wire type {other}"),
            }
        }
        found
    }
}

fn read_varint(bytes: &mut impl Iterator<Item = u8>) -> u64 {
    let mut value = 0;
    for (place, byte) in bytes.by_ref().enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// Calls the services behind one socket.
pub(crate) struct Client {
    curl: PathBuf,
    socket: PathBuf,
}

impl Client {
    pub(crate) fn new(socket: PathBuf) -> Result<Self, String> {
        let curl =
            installed("curl").ok_or("curl, which the CRI is asked with, is not installed")?;
        Ok(Self { curl, socket })
    }

    /// The reply, or the message of the error.
    pub(crate) fn call(&self, method: &str, request: &Message) -> Result<Message, String> {
        let reply = tempfile::NamedTempFile::new().unwrap();
        let mut curl = Command::new(&self.curl)
            .args(["--silent", "--show-error", "--http2-prior-knowledge", "--max-time", "60"])
            .args(["-H", "content-type: application/grpc", "-H", "te: trailers"])
            .args(["--data-binary", "@-", "--dump-header", "-", "--unix-socket"])
            .arg(&self.socket)
            .arg("--output")
            .arg(reply.path())
            .arg(format!("http://localhost/{method}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("curl: {error}"))?;
        let mut stdin = curl.stdin.take().unwrap();
        let length = u32::try_from(request.0.len()).unwrap();
        let frame = [&[0], &length.to_be_bytes()[..], &request.0].concat();
        stdin.write_all(&frame).map_err(|error| format!("curl: {error}"))?;
        drop(stdin);
        let output = curl.wait_with_output().unwrap();
        let headers = String::from_utf8_lossy(&output.stdout).into_owned();
        let header = |name: &str| headers.lines().find_map(|line| line.strip_prefix(name));
        match header("grpc-status: ").map(str::trim) {
            Some("0") => {
                let bytes = std::fs::read(reply.path()).unwrap();
                Ok(Message(bytes.get(5..).unwrap_or_default().to_owned()))
            }
            Some(_) => Err(decoded(header("grpc-message: ").unwrap_or_default().trim())),
            None => Err(format!("{method}: {}", String::from_utf8_lossy(&output.stderr).trim())),
        }
    }
}

/// The text of a header, in which some bytes are written as `%` and two digits.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        match u8::from_str_radix(digits, 16) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend(digits.bytes()),
        }
        bytes.extend(rest.bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
