//! Qualified device names, `vendor.com/class=name`, as the CDI specification has them.

/// Whether this is a qualified name.
#[must_use]
pub fn is_qualified(name: &str) -> bool {
    let Some((kind, device)) = name.split_once('=') else {
        return false;
    };
    let Some((vendor, class)) = kind.split_once('/') else {
        return false;
    };
    is_kind_part(vendor) && is_kind_part(class) && is_device(device)
}

/// The qualified name of a device: as it is where it is qualified, else one of the kind.
#[must_use]
pub fn qualify(kind: &str, id: &str) -> String {
    if is_qualified(id) { id.into() } else { [kind, "=", id].concat() }
}

fn is_kind_part(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphabetic())
        && part.ends_with(|c: char| c.is_ascii_alphanumeric())
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

fn is_device(device: &str) -> bool {
    device.starts_with(|c: char| c.is_ascii_alphanumeric())
        && device.ends_with(|c: char| c.is_ascii_alphanumeric())
        && device.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b))
}
