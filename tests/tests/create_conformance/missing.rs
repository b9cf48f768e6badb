//! Which cases need a stage that is not there yet.

/// The beginning of the cases' names, and what they need.
const MISSING: &[(&str, &str)] = &[
    ("cdi-hook-removed", "stage hook-removal"),
    ("legacy-hook-", "stage legacy"),
    ("legacy-graphics", "stage graphics"),
    ("csv-gated-", "stage feature-gated"),
    ("jit-gated-", "stage feature-gated"),
    ("csv-", "stage csv"),
    ("jit-imex-", "devices of mode jit-cdi"),
    ("config-bad-ldconfig", "command `gantry config from-nvidia`"),
];

/// What a case needs and cannot have yet.
pub(crate) fn stage(case: &str) -> Option<&'static str> {
    MISSING.iter().find(|(prefix, _)| case.starts_with(prefix)).map(|(_, stage)| *stage)
}

/// Every row of the table is there for a case.
pub(crate) fn assert_used(cases: &[&str]) {
    for (prefix, stage) in MISSING {
        assert!(
            cases.iter().any(|case| case.starts_with(prefix)),
            "no case needs {stage}: {prefix}"
        );
    }
}
