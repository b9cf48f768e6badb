//! Driver capabilities, and the features that have a variable of their own.

use super::super::*;
use super::Container;

#[test]
fn capabilities() {
    // value, capabilities, graphics, warnings
    #[rustfmt::skip] // one line a case
    let table: &[(Option<&'static str>, &str, bool, usize)] = &[
        (None, "compute utility", false, 0),
        (Some(""), "compute utility", false, 0),
        (Some("compute"), "compute", false, 0),
        (Some("graphics"), "graphics", true, 0),
        (Some("display"), "display", true, 0),
        (Some("video,ngx,compat32"), "compat32 video ngx", false, 0),
        (Some("utility,graphics,utility"), "graphics utility", true, 0),
        (Some("all"), "compute compat32 graphics utility video display ngx", true, 0),
        (Some("compute,all"), "compute compat32 graphics utility video display ngx", true, 0),
        (Some("compute,"), "compute", false, 0),
        (Some("compute, graphics"), "compute", false, 1),
        (Some("Graphics"), "", false, 1),
        (Some("opengl,foo"), "", false, 1),
        (Some("opengl,all"), "compute compat32 graphics utility video display ngx", true, 0),
    ];
    for (value, expected, graphics, warnings) in table {
        let entry = value.map(|value| format!("NVIDIA_DRIVER_CAPABILITIES={value}").leak() as &_);
        let mut container = Container { env: entry.into_iter().collect(), ..Default::default() };
        let read = Capabilities::read(&mut container).unwrap();
        let all = [
            Capability::Compute,
            Capability::Compat32,
            Capability::Graphics,
            Capability::Utility,
            Capability::Video,
            Capability::Display,
            Capability::Ngx,
        ];
        let names = all.into_iter().filter(|one| read.has(*one)).map(Capability::name);
        assert_eq!(names.collect::<Vec<_>>().join(" "), *expected, "{value:?}");
        assert_eq!(read.wants_graphics(), *graphics, "{value:?}");
        assert_eq!(container.warnings, *warnings, "{value:?}");
    }
}

#[test]
fn gated_features() {
    #[rustfmt::skip] // one line a case
    let table: &[(&[&'static str], &str)] = &[
        (&[], ""),
        (&["NVIDIA_GDS=enabled"], "gds"),
        (&["NVIDIA_MOFED=enabled"], "mofed"),
        (&["NVIDIA_GDRCOPY=enabled"], "gdrcopy"),
        (&["NVIDIA_NVSWITCH=enabled"], "nvswitch"),
        (&["NVIDIA_NVSWITCH=enabled", "NVIDIA_GDRCOPY=enabled", "NVIDIA_MOFED=enabled", "NVIDIA_GDS=enabled"], "gds mofed gdrcopy nvswitch"),
        (&["NVIDIA_GDS=Enabled", "NVIDIA_MOFED=true", "NVIDIA_GDRCOPY=1", "NVIDIA_NVSWITCH= enabled"], ""),
        (&["NVIDIA_GDS=", "NVIDIA_MOFED=disabled"], ""),
        (&["NVIDIA_GDS=enabled", "NVIDIA_GDS=disabled"], ""),
    ];
    for (env, expected) in table {
        let mut container = Container { env: env.to_vec(), ..Default::default() };
        let found = features(&mut container).unwrap().into_iter().map(Feature::name);
        assert_eq!(found.collect::<Vec<_>>().join(" "), *expected, "{env:?}");
    }
}
