//! Of several libraries with one name, which the container's loader finds first: the order that its own
//! `ldconfig` would keep to, with the injected folders where their file stands.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test program")]

mod scene;

use std::fs;
use std::path::Path;
use std::process::Command;

use scene::Scene;
use scene::libraries::{is_skipped, library};

const COMPAT: &str = "/usr/local/cuda/compat";

/// What the configuration is, and the order of the folders, each of which has the same library.
const CASES: &[(&[&str], &str)] = &[
    // A root without any, as of an image without a distribution.
    (&[], "/usr/local/cuda/compat /opt/gpu /usr/lib"),
    (
        &["f /etc/ld.so.conf include /etc/ld.so.conf.d/*.conf"],
        "/usr/local/cuda/compat /opt/gpu /usr/lib",
    ),
    (
        &[
            "f /etc/ld.so.conf /opt/first\ninclude ld.so.conf.d/*.conf\n/opt/last",
            "f /etc/ld.so.conf.d/zz.conf /opt/z",
            "f /etc/ld.so.conf.d/00-a.conf /opt/a",
        ],
        "/opt/first /opt/a /usr/local/cuda/compat /opt/gpu /opt/z /opt/last /usr/lib",
    ),
    // Files of the directory are not read, but what is injected counts.
    (&["f /etc/ld.so.conf /opt/first"], "/opt/gpu /opt/first /usr/lib"),
    // The image names it: where it is named.
    (&["f /etc/ld.so.conf /opt/first\n/opt/gpu"], "/opt/first /opt/gpu /usr/lib"),
];

#[test]
fn of_the_cache() {
    if is_skipped("the order of the cache") {
        return;
    }
    for (lines, expected) in CASES {
        let scene =
            Scene::new(&[lines, &["f /usr/local/cuda/compat/libcuda.so.900.1 x"][..]].concat());
        for folder in expected.split(' ').chain([COMPAT]) {
            fs::create_dir_all(scene.inside(folder)).unwrap();
            fs::copy(library().unwrap(), scene.inside(folder).join("libgcc_s.so.1")).unwrap();
        }
        // The second time the file with the folders is there.
        for _ in 0..2 {
            for hook in [
                &["enable-cuda-compat", "--host-driver-version=550.1"][..],
                &["update-ldcache", "--folder=/opt/gpu"],
            ] {
                let outcome = scene.hook(hook);
                assert_eq!(outcome.code, Some(0), "{lines:?}: {}", outcome.stderr);
            }
            assert_eq!(order(&scene.inside("/etc/ld.so.cache")), *expected, "{lines:?}");
        }
    }
}

/// The folders of the library's entries, in the cache's order.
fn order(cache: &Path) -> String {
    let listed = Command::new("/sbin/ldconfig").arg("-p").arg("-C").arg(cache).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let folder = |line: &str| {
        let path = line.split_once(" => ").map(|(_, path)| Path::new(path).parent().unwrap())?;
        Some(path.to_str().unwrap().to_owned())
    };
    listed.lines().filter_map(folder).collect::<Vec<_>>().join(" ")
}
