//! Devices in annotations of a container: `cdi.k8s.io/PLUGIN_ID` with qualified names, separated by
//! commas.

use std::collections::BTreeMap;

use super::names::{NameError, QualifiedName};
use super::text::quoted;

/// What the key of an annotation with devices starts with. Case counts.
pub const ANNOTATION_PREFIX: &str = "cdi.k8s.io/";

/// The longest name after the prefix, in bytes.
const MAX_NAME: usize = 63;

/// The key for devices that a plugin hands to a container. A `/` in the identifier becomes `_`.
pub fn annotation_key(plugin: &str, device_id: &str) -> Result<String, AnnotationError> {
    if plugin.is_empty() {
        return Err(AnnotationError::EmptyPlugin);
    }
    if device_id.is_empty() {
        return Err(AnnotationError::EmptyDeviceId);
    }
    let name = format!("{plugin}_{}", device_id.replace('/', "_"));
    if name.len() > MAX_NAME {
        return Err(AnnotationError::TooLong { name });
    }
    let ends = [name.chars().next(), name.chars().last()];
    if !ends.into_iter().flatten().all(|c| c.is_ascii_alphanumeric()) {
        return Err(AnnotationError::Ends { name });
    }
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    match name.chars().find(|c| !allowed(c)) {
        Some(character) => Err(AnnotationError::Character { name, character }),
        None => Ok(format!("{ANNOTATION_PREFIX}{name}")),
    }
}

/// The value for devices. Without devices it is empty, which [`parse_annotations`] refuses.
pub fn annotation_value<S: AsRef<str>>(devices: &[S]) -> Result<String, AnnotationError> {
    let mut value = String::new();
    for device in devices {
        let name: QualifiedName = device.as_ref().parse()?;
        if !value.is_empty() {
            value.push(',');
        }
        value.push_str(name.as_str());
    }
    Ok(value)
}

/// Adds the annotation for devices. A key that is there is an error, and on an error nothing changes.
pub fn update_annotations<S: AsRef<str>>(
    annotations: &mut BTreeMap<String, String>,
    plugin: &str,
    device_id: &str,
    devices: &[S],
) -> Result<(), AnnotationError> {
    let key = annotation_key(plugin, device_id)?;
    if annotations.contains_key(&key) {
        return Err(AnnotationError::Used { key });
    }
    let value = annotation_value(devices)?;
    annotations.insert(key, value);
    Ok(())
}

/// The keys that name devices, and the devices in the order of the keys given, doubles kept. Give the
/// annotations sorted by key, and the order is the same each time. Names are not trimmed: a space is
/// an error.
pub fn parse_annotations<'a>(
    annotations: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(Vec<&'a str>, Vec<QualifiedName>), AnnotationParseError> {
    let mut keys = Vec::new();
    let mut devices = Vec::new();
    for (key, value) in annotations {
        if !key.starts_with(ANNOTATION_PREFIX) {
            continue;
        }
        for name in value.split(',') {
            let name = name.parse();
            devices
                .push(name.map_err(|source| AnnotationParseError { key: key.to_owned(), source })?);
        }
        keys.push(key);
    }
    Ok((keys, devices))
}

/// Why an annotation cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum AnnotationError {
    #[error("the plugin's name must not be empty")]
    EmptyPlugin,
    #[error("the device's identifier must not be empty")]
    EmptyDeviceId,
    #[error("annotation name {} is longer than 63 bytes", quoted(.name))]
    TooLong { name: String },
    #[error("annotation name {} must start and end with a letter or digit", quoted(.name))]
    Ends { name: String },
    #[error("{character:?} is not allowed in annotation name {}", quoted(.name))]
    Character { name: String, character: char },
    #[error("annotation {} is there already", quoted(.key))]
    Used { key: String },
    #[error(transparent)]
    Device(#[from] NameError),
}

/// An annotation whose value is not a list of qualified names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("annotation {}: {source}", quoted(.key))]
pub struct AnnotationParseError {
    /// The annotation's key.
    pub key: String,
    /// What is wrong with a name in it.
    pub source: NameError,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for (plugin, id, expected) in [
            ("v.c", "a/b", Ok("cdi.k8s.io/v.c_a_b")),
            ("", "a", Err("the plugin's name must not be empty")),
            ("a", "", Err("the device's identifier must not be empty")),
            ("a", "-", Err("annotation name \"a_-\" must start and end with a letter or digit")),
            ("a:b", "c", Err("':' is not allowed in annotation name \"a:b_c\"")),
        ] {
            let got = annotation_key(plugin, id).map_err(|error| error.to_string());
            assert_eq!(got.as_deref().map_err(String::as_str), expected);
        }
        assert!(annotation_key(&"a".repeat(61), "b").is_ok());
        assert!(annotation_key(&"a".repeat(62), "b").is_err());
    }

    #[test]
    fn what_is_written_is_read() {
        let mut annotations = BTreeMap::from([("x".to_owned(), "y".to_owned())]);
        update_annotations(&mut annotations, "v", "1", &["v/c=b", "v/c=a"]).unwrap();
        let before = annotations.clone();
        for (id, device) in [("1", "v/c=a"), ("2", "bad")] {
            assert!(update_annotations(&mut annotations, "v", id, &[device]).is_err());
            assert_eq!(annotations, before);
        }
        let pairs = annotations.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let (keys, devices) = parse_annotations(pairs).unwrap();
        assert_eq!(keys, ["cdi.k8s.io/v_1"]);
        assert_eq!(
            devices.iter().map(QualifiedName::as_str).collect::<Vec<_>>(),
            ["v/c=b", "v/c=a"]
        );
        let error = parse_annotations([("cdi.k8s.io/a", "v/c=a, v/c=b")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "annotation \"cdi.k8s.io/a\": invalid vendor in \" v/c=b\": must start with a letter, not ' '"
        );
    }
}
