//! Large spec directories: the index that the wrapper keeps is right, or it is not used.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use gantry_tests::scene::{Scene, document};

const FILES: usize = 60;

/// One device a file; the bundle requests the one of file 7.
fn scene() -> Scene {
    let scene = Scene::new().config("index = \"${TMP}/cache/index\"\n");
    (0..FILES).fold(scene, |scene, i| put(scene, i, "old"))
}

fn put(scene: Scene, i: usize, value: &str) -> Scene {
    scene.file(
        &format!("cdi/{i}.json"),
        &format!(
            r#"{{"cdiVersion":"0.6.0","kind":"claims.com/dev","devices":[{{"name":"d{i}","containerEdits":{{"env":["CLAIM={value}"]}}}}]}}"#
        ),
    )
}

/// The variable after a create.
fn claim(scene: &Scene, case: &str) -> String {
    fs::write(scene.path("bundle/config.json"), document("claims.com/dev=d7")).unwrap();
    scene.create().assert_quiet(case);
    let text = scene.read("bundle/config.json").unwrap();
    let (_, rest) = text.split_once("CLAIM=").unwrap_or_else(|| panic!("{case}: {text}"));
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn an_index_hides_no_change() {
    let mut scene = scene();
    let index = scene.path("cache/index");
    // Files that were written this very moment are not remembered yet.
    let deadline = Instant::now() + Duration::from_secs(20);
    while !index.exists() {
        assert_eq!(claim(&scene, "no index"), "old");
        assert!(Instant::now() < deadline, "no index was written");
    }
    let mode = fs::metadata(&index).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    assert_eq!(claim(&scene, "index"), "old");
    for round in 0..5 {
        for value in ["one", "two"] {
            scene = put(scene, 7, value);
            assert_eq!(claim(&scene, &format!("round {round}")), value);
        }
    }
    for (case, bytes) in [("empty", &b""[..]), ("garbage", b"gantry-cdi-idx 1 but not really")] {
        fs::write(&index, bytes).unwrap();
        assert_eq!(claim(&scene, case), "two");
    }
    // A second definition of the device, in a file that no index knows.
    let second = scene.read("cdi/7.json").unwrap().replace("two", "three");
    let scene = scene
        .file("cdi/z.json", &second)
        .file("bundle/config.json", &document("claims.com/dev=d7"));
    let ran = scene.create();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("defined in each of"), "{}", ran.stderr);
}

#[test]
fn a_place_where_no_index_can_be_is_no_error() {
    let scene = (0..FILES).fold(
        Scene::new().file("file", "").config("index = \"${TMP}/file/index\"\n"),
        |scene, i| put(scene, i, "old"),
    );
    assert_eq!(claim(&scene, "below a file"), "old");
}
