//! The macros that export a type as a component, and what they call.

use crate::settings::load;
use crate::{Failure, Mode, ModeSelector, Modifier, Problem};

/// Runs a modifier, as `stage.modify` of the contract.
///
/// # Errors
///
/// What is wrong with the settings, or what the modifier fails with.
pub fn modify<M: Modifier>(mode: Mode, settings: &str) -> Result<(), Failure> {
    let settings = load(settings, M::check).map_err(first)?;
    M::modify(mode, settings)
}

/// Runs a mode selector, as `selector.select` of the contract.
///
/// # Errors
///
/// What is wrong with the settings, or what the selector fails with.
pub fn select<S: ModeSelector>(settings: &str) -> Result<Mode, Failure> {
    let settings = load(settings, S::check).map_err(first)?;
    S::select(settings)
}

/// Checks a modifier's settings, as `settings.validate` of the contract.
///
/// # Errors
///
/// All that is wrong with the settings.
pub fn validate_modifier<M: Modifier>(settings: &str) -> Result<(), Vec<Problem>> {
    load(settings, M::check).map(drop)
}

/// Checks a selector's settings, as `settings.validate` of the contract.
///
/// # Errors
///
/// All that is wrong with the settings.
pub fn validate_selector<S: ModeSelector>(settings: &str) -> Result<(), Vec<Problem>> {
    load(settings, S::check).map(drop)
}

fn first(problems: Vec<Problem>) -> Failure {
    problems
        .into_iter()
        .next()
        .map_or_else(|| Failure::new("the settings are wrong"), Failure::from)
}

/// Exports a type that implements [`Modifier`] as a modifier, and writes its metadata.
///
/// Once a crate. On targets other than wasm it exports nothing.
#[macro_export]
macro_rules! export_modifier {
    ($modifier:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Exported;

            impl $crate::bindings::exports::gantry::modifier::stage::Guest for Exported {
                fn modify(
                    mode: $crate::Mode,
                    settings: ::std::string::String,
                ) -> ::core::result::Result<(), $crate::Failure> {
                    $crate::export::modify::<$modifier>(mode, &settings)
                }
            }

            impl $crate::bindings::exports::gantry::modifier::settings::Guest for Exported {
                fn validate(
                    settings: ::std::string::String,
                ) -> ::core::result::Result<(), ::std::vec::Vec<$crate::Problem>> {
                    $crate::export::validate_modifier::<$modifier>(&settings)
                }
            }

    $crate::bindings::export_raw_modifier!(Exported with_types_in $crate::bindings);
            $crate::metadata_section!(<$modifier as $crate::Modifier>::METADATA);
        };
        const _: &str = $crate::metadata_json!(<$modifier as $crate::Modifier>::METADATA);
    };
}

/// Exports a type that implements [`ModeSelector`] as the mode selector, and writes its metadata.
///
/// Once a crate. On targets other than wasm it exports nothing.
#[macro_export]
macro_rules! export_mode_selector {
    ($selector:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::export::selector as raw;

            struct Exported;

            impl raw::exports::gantry::modifier::selector::Guest for Exported {
                fn select(
                    settings: ::std::string::String,
                ) -> ::core::result::Result<raw::Mode, raw::Failure> {
                    $crate::export::select::<$selector>(&settings)
                        .map($crate::export::raw_mode)
                        .map_err($crate::export::raw_failure)
                }
            }

            impl raw::exports::gantry::modifier::settings::Guest for Exported {
                fn validate(
                    settings: ::std::string::String,
                ) -> ::core::result::Result<(), ::std::vec::Vec<raw::Problem>> {
                    $crate::export::validate_selector::<$selector>(&settings)
                        .map_err($crate::export::raw_problems)
                }
            }

    raw::export_raw_selector!(Exported with_types_in $crate::export::selector);
            $crate::metadata_section!(<$selector as $crate::ModeSelector>::METADATA);
        };
        const _: &str = $crate::metadata_json!(<$selector as $crate::ModeSelector>::METADATA);
    };
}

pub use gantry_modifier_selector as selector;

/// The selector world's own type for a mode.
#[must_use]
pub fn raw_mode(mode: Mode) -> selector::Mode {
    match mode {
        Mode::Cdi => selector::Mode::Cdi,
        Mode::JitCdi => selector::Mode::JitCdi,
        Mode::Csv => selector::Mode::Csv,
        Mode::Legacy => selector::Mode::Legacy,
    }
}

/// The selector world's own type for a failure.
#[must_use]
pub fn raw_failure(Failure { cause, remedy }: Failure) -> selector::Failure {
    selector::Failure { cause, remedy }
}

/// The selector world's own type for problems.
#[must_use]
pub fn raw_problems(problems: Vec<Problem>) -> Vec<selector::Problem> {
    problems
        .into_iter()
        .map(|Problem { key, message }| selector::Problem { key, message })
        .collect()
}
