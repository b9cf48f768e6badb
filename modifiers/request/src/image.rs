//! Old CUDA images, from before `NVIDIA_REQUIRE_CUDA`.

use crate::Source;

/// The `CUDA_VERSION` of an old image; `None` for any other.
pub(crate) fn legacy_version<S: Source>(source: &mut S) -> Result<Option<String>, S::Error> {
    let values = source.env_get(&["CUDA_VERSION", "NVIDIA_REQUIRE_CUDA"])?;
    let mut values = values.into_iter().map(|value| value.filter(|text| !text.is_empty()));
    let version = values.next().flatten();
    let required = values.next().flatten();
    Ok(version.filter(|_| required.is_none()))
}
