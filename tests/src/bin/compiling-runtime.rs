//! `gantry-runtime` as it is, but for the compiler: stages may run any component. For tests of what
//! the wrapper does with a hostile one.
#![forbid(unsafe_code)]

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use gantry::pipeline::Compiling;
use gantry_runtime::Gantry;

fn main() -> ExitCode {
    let text = |text: std::ffi::OsString| CString::new(text.into_vec()).unwrap_or_default();
    let argv: Vec<CString> = std::env::args_os().map(text).collect();
    let pairs = std::env::vars_os().map(|(mut name, value)| {
        name.push("=");
        name.push(value);
        name
    });
    let environment: Vec<CString> = pairs.map(text).collect();
    let argv: Vec<&CStr> = argv.iter().map(CString::as_c_str).collect();
    let environment: Vec<&CStr> = environment.iter().map(CString::as_c_str).collect();
    let pipeline = Gantry::new(|_| Box::new(Compiling));
    ExitCode::from(gantry_runtime::run(&argv, &environment, &pipeline))
}
