//! The recorded cases of CDI generation, against the library: no library of a driver, no root, no
//! process. What the command does with a spec (its file, its notation) is tested through the command.

mod cases;
mod elf;
mod ids;
mod inventory;
mod options;
mod property;

use serde_json::Value;

use super::make;
use cases::{Case, cases};

/// What the reference only runs, and the command does: texts that never reach the library.
fn spec(case: &Case) -> Result<Value, String> {
    let options = options::of(case)?;
    let gpus = || inventory::of(case, &options);
    let mut host = options::host(case, &options, &gpus);
    let made = make(&options.options, &mut host).map_err(|error| error.to_string())?;
    let spec = made.into_spec(&options.options);
    spec.validate().map_err(|error| error.to_string())?;
    serde_json::to_value(&spec).map_err(|error| error.to_string())
}

#[test]
fn the_recorded_cases() {
    let (mut passed, mut pending, mut wrong) = (0, Vec::new(), Vec::new());
    for case in cases() {
        let found = spec(&case);
        match (&found, case.expected()) {
            (Err(why), _) if why.ends_with("is to come") => pending.push(case.name().to_owned()),
            (Err(_), None) => passed += 1,
            (Ok(spec), Some(wanted)) if case.comparable(spec) == case.comparable(&wanted) => {
                passed += 1;
            }
            (Ok(spec), Some(wanted)) => {
                let (spec, wanted) = (case.comparable(spec), case.comparable(&wanted));
                wrong.push(format!("{}\n  found  {spec}\n  wanted {wanted}", case.name()));
            }
            (Ok(_), None) => wrong.push(format!("{}: it should fail", case.name())),
            (Err(why), Some(_)) => wrong.push(format!("{}: {why}", case.name())),
        }
    }
    println!("{passed} passed, {} of modes to come: {}", pending.len(), pending.join(" "));
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(passed >= 110, "only {passed} cases were run");
}
