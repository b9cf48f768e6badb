//! What a plain scalar means: the rules of YAML 1.1 that `pkg/cdi` has through its YAML parser
//! (`y` is true, `0660` is octal, `1_000` is a number, `1:30` is text), and how a number reads where a
//! text is asked for (`007` is "7", `1.50` is "1.5"). Spec files rely on them: `name: 0`.

use std::borrow::Cow;

use super::{ScalarTag, Style};

/// The meaning of a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    /// Of 64 bits, with or without sign.
    Int(i128),
    Float(f64),
    /// Its own text.
    Text,
}

/// What a scalar without quotes and tag means.
pub(crate) fn resolve(text: &str) -> Scalar {
    match text.bytes().next() {
        None => Scalar::Null,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text)
        }
        Some(_) => Scalar::Text,
    }
}

fn word(text: &str) -> Scalar {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        _ => Scalar::Text,
    }
}

fn number(text: &str) -> Scalar {
    match text {
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    // Underscores may stand anywhere in a number that does not start with a dot.
    let plain: Cow<'_, str> = if text.contains('_') && !text.starts_with('.') {
        text.replace('_', "").into()
    } else {
        text.into()
    };
    if !plain.starts_with('.')
        && let Some(int) = integer(&plain)
    {
        return Scalar::Int(int);
    }
    match plain.parse::<f64>() {
        // A number too large for a float is a text.
        Ok(float) if is_float(&plain) && float.is_finite() => Scalar::Float(float),
        _ => Scalar::Text,
    }
}

/// An integer of 64 bits in the notations of Go: decimal, `0x`, `0o`, `0b`, and octal after a `0`.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let value = if negative { -value } else { value };
    (value >= i128::from(i64::MIN)).then_some(value)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            digits(whole) && digits(fraction) && (!whole.is_empty() || !fraction.is_empty())
        }
        None => !mantissa.is_empty() && digits(mantissa),
    };
    mantissa_fits
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        })
}

/// Whether a scalar without quotes and tag means its own text.
pub(crate) fn is_text(text: &str) -> bool {
    resolve(text) == Scalar::Text
}

/// What a scalar of that style means; `None` where its tag does not fit its text.
pub(crate) fn meaning(text: &str, style: Style) -> Option<Scalar> {
    let tag = match style {
        Style::Plain => return Some(resolve(text)),
        Style::Text => return Some(Scalar::Text),
        Style::Tagged(tag) => tag,
    };
    match (tag, resolve(text)) {
        (ScalarTag::Null, _) => Some(Scalar::Null),
        (ScalarTag::Bool, scalar @ Scalar::Bool(_))
        | (ScalarTag::Int, scalar @ Scalar::Int(_))
        | (ScalarTag::Float, scalar @ Scalar::Float(_)) => Some(scalar),
        #[allow(clippy::cast_precision_loss, reason = "a float was asked for")]
        (ScalarTag::Float, Scalar::Int(int)) => Some(Scalar::Float(int as f64)),
        _ => None,
    }
}

/// The text of a scalar where a text is asked for; `None` where its tag does not fit.
pub(crate) fn text_of(text: &str, style: Style) -> Option<Cow<'_, str>> {
    Some(match meaning(text, style)? {
        Scalar::Text => text.into(),
        Scalar::Null => "".into(),
        Scalar::Bool(flag) => if flag { "true" } else { "false" }.into(),
        Scalar::Int(int) => int.to_string().into(),
        Scalar::Float(float) => float_text(float).into(),
    })
}

/// As Go's `FormatFloat(f, 'g', -1, 64)`: the fewest digits that tell the number, with an exponent of
/// at least two digits below 1e-4 and from 1e6.
fn float_text(float: f64) -> String {
    if float.is_nan() {
        return "NaN".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{float:e}");
    match scientific.split_once('e').map(|(mantissa, e)| (mantissa, e.parse::<i32>())) {
        Some((mantissa, Ok(exponent))) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => format!("{float}"),
    }
}

#[cfg(test)]
mod tests;
