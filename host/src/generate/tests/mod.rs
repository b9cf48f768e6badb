//! The recorded cases of CDI generation, against the library: no library of a driver, no root, no
//! process. What the command does with a spec (its file, its notation) is tested through the command.

mod cases;
mod elf;
mod ids;
mod inventory;
mod options;
mod property;

use serde_json::Value;

use super::testing::Slow;
use super::{Gpus, NamedSpec, make, specs};
use cases::{Case, cases};

/// The specs of a case, the one of all devices first.
fn found(case: &Case) -> Result<Vec<Value>, String> {
    let options = options::of(case)?;
    found_by(case, &options, &|| inventory::of(case, &options), &mut Vec::new())
}

/// The same, of GPUs that are asked in this way, with what is warned of.
fn found_by(
    case: &Case,
    options: &options::Asked,
    gpus: &dyn Gpus,
    warnings: &mut Vec<String>,
) -> Result<Vec<Value>, String> {
    let mut host = options::host(case, options, gpus);
    let made = make(&options.options, &mut host);
    *warnings = host.warnings.clone();
    let made = made.map_err(|error| error.to_string())?;
    let json = |one: NamedSpec| {
        one.spec.validate().map_err(|error| error.to_string())?;
        serde_json::to_value(&one.spec).map_err(|error| error.to_string())
    };
    specs(made, &options.options, &host).into_iter().map(json).collect()
}

/// Whether the driver is looked for before the GPUs have answered, or behind.
#[test]
fn what_is_found_does_not_depend_on_when() {
    for case in cases() {
        let Ok(options) = options::of(&case) else { continue };
        let (mut now, mut later) = (Vec::new(), Vec::new());
        let ask = || inventory::of(&case, &options);
        let found = found_by(&case, &options, &ask, &mut now);
        assert_eq!(found_by(&case, &options, &Slow(ask), &mut later), found, "{}", case.name());
        assert_eq!(later, now, "{}", case.name());
    }
}

#[test]
fn the_recorded_cases() {
    let (mut passed, mut wrong) = (0, Vec::new());
    for case in cases() {
        match (found(&case), case.expected()) {
            (Err(_), None) => passed += 1,
            (Ok(found), Some(wanted)) => {
                let (found, wanted) = (case.comparable(found), case.comparable(wanted));
                if found == wanted {
                    passed += 1;
                } else {
                    let name = case.name();
                    let (found, wanted) = (Value::Array(found), Value::Array(wanted));
                    wrong.push(format!("{name}\n  found  {found}\n  wanted {wanted}"));
                }
            }
            (Ok(_), None) => wrong.push(format!("{}: it should fail", case.name())),
            (Err(why), Some(_)) => wrong.push(format!("{}: {why}", case.name())),
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(passed >= 128, "only {passed} cases were run");
}
