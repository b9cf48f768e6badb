//! What must stop a container's creation, and what the one line about it says: where, what, and what to do.

use std::fs;
use std::os::unix::fs::symlink;

use gantry_tests::programs::{example, program};
use gantry_tests::scene::{DEVICE, SPEC, Scene, document};

/// One way to break a scene that would work.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static str,
    pub(crate) break_it: fn(Scene) -> Scene,
    /// Parts of the line on stderr.
    pub(crate) says: &'static [&'static str],
}

const CREATE: &str = "create --bundle ${TMP}/bundle c1";

const fn case(
    name: &'static str,
    break_it: fn(Scene) -> Scene,
    says: &'static [&'static str],
) -> Case {
    Case { name, arguments: CREATE, break_it, says }
}

const fn called(
    arguments: &'static str,
    break_it: fn(Scene) -> Scene,
    says: &'static [&'static str],
) -> Case {
    Case { name: arguments, arguments, break_it, says }
}

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    // The configuration.
    case("bad TOML", |s| s.config("a = = 1"), &["${TMP}/etc/config.toml:5: not valid TOML"]),
    case("unknown key", |s| s.config("[pipeline]\nordr = []"), &["config.toml:6: unknown key \"ordr\" in [pipeline]; did you mean \"order\"?"]),
    case("unknown section", |s| s.config("[pipelin]\norder = []"), &["config.toml:5: unknown key \"pipelin\"", "did you mean \"pipeline\"?"]),
    case("unknown stage in order", |s| s.config("[pipeline]\norder = [\"cdi\", \"nope\"]"), &["config.toml:6: pipeline.order: \"nope\" is no stage; known: cdi"]),
    case("a stage without a place", |s| s.config("[stages.acme]\nenabled = true\nmodifier = \"/m.wasm\""), &["config.toml:6: stages.acme.enabled: the stage has no place; name it in [pipeline] order"]),
    case("selector disabled", |s| s.config("[stages.mode]\nenabled = false"), &["\"mode\" is not enabled", "set enabled = true in [stages.mode]"]),
    case("wrong type", |s| s.config("[stages.cdi]\nenabled = \"yes\""), &["config.toml:6: stages.cdi.enabled"]),
    case("broken drop-in, not enabled", |s| s.config("").file("etc/conf.d/50-x.toml", "[stages.x]\nmodifer = \"/m.wasm\""), &["conf.d/50-x.toml:2: unknown key \"modifer\"", "did you mean \"modifier\"?"]),
    case("drop-in that would change a section", |s| s.file("etc/conf.d/50-x.toml", "[runtime]\nlow-level = [\"/x\"]"), &["conf.d/50-x.toml:1", "drop-in"]),
    case("configuration others can write", |s| s.mode("etc/config.toml", 0o666), &["config.toml: group or others can write it (mode 0666); run `chmod go-w ${TMP}/etc/config.toml`"]),
    case("configuration the group can write", |s| s.mode("etc/config.toml", 0o620), &["config.toml: group or others can write it (mode 0620); run `chmod go-w"]),
    case("folder others can write", |s| s.mode("etc", 0o777), &["${TMP}/etc: group or others can write it (mode 0777); run `chmod go-w ${TMP}/etc`"]),
    case("drop-in others can write", |s| s.file("etc/conf.d/x.toml", "").mode("etc/conf.d/x.toml", 0o666), &["conf.d/x.toml: group or others can write it (mode 0666); run `chmod go-w"]),
    case("GANTRY_CONFIG missing", |s| s.variable("GANTRY_CONFIG", "${TMP}/etc/none.toml"), &["${TMP}/etc/none.toml: not there; write it, or unset GANTRY_CONFIG"]),
    case("GANTRY_CONFIG relative", |s| s.variable("GANTRY_CONFIG", "config.toml"), &["config.toml: cannot be read: the path is not absolute; name one that is"]),
    case("GANTRY_CONFIG a directory", |s| s.variable("GANTRY_CONFIG", "${TMP}/etc"), &["${TMP}/etc: "]),
    // Settings and grants.
    case("bad mode", |s| s.config("[stages.mode.settings]\nmode = \"foo\""), &["stage \"mode\"", "setting `mode`", "`foo`", "expected one of `auto`, `cdi`", "change the stage's `settings`"]),
    case("unknown setting", |s| s.config("[stages.cdi.settings]\nfoo = 1"), &["stage \"cdi\"", "`foo`", "`default-kind`", "change the stage's `settings`"]),
    case("reading not granted", |s| s.config("[stages.cdi.grants.read]\nenv = []"), &["stage \"cdi\"", "\"container-env\"", "grant read.env to the stage"]),
    case("editing not granted", |s| s.config("[stages.cdi.grants.edit]\ndevices = []"), &["stage \"cdi\"", "\"edit-devices\"", "grant edit.devices to the stage"]),
    case("this device not granted", |s| s.config("[stages.cdi.grants.edit]\ndevices = [\"vendor.com/dev=y\"]"), &["stage \"cdi\"", "vendor.com/dev=x", "[stages.cdi.grants.edit] devices"]),
    case("mode not granted", |s| s.config("[stages.mode.grants.edit]\nmode = [\"csv\"]"), &["stage \"mode\"", "[stages.mode.grants.edit] mode"]),
    case("a limit", |s| s.config("[stages.cdi.limits]\nfuel = 100"), &["stage \"cdi\": limit exceeded: instructions (limits.fuel); raise"]),
    // The document.
    case("no document", without_document, &["${TMP}/bundle/config.json: not there: is it the bundle's directory that was given?"]),
    case("document a directory", |s| without_document(s).with(|s| fs::create_dir(s.path("bundle/config.json")).unwrap()), &["${TMP}/bundle/config.json: a directory, not a file"]),
    case("document a dangling link", |s| without_document(s).with(|s| symlink("none", s.path("bundle/config.json")).unwrap()), &["${TMP}/bundle/config.json"]),
    case("not JSON", |s| written(s, "hello"), &["${TMP}/bundle/config.json: not valid JSON at line 1 column 1"]),
    case("empty", |s| written(s, ""), &["${TMP}/bundle/config.json: not valid JSON at line 1 column 1", "the text ends"]),
    case("half", |s| written(s, "{\n\"process\": {"), &["${TMP}/bundle/config.json: not valid JSON at line 2"]),
    case("two values", |s| written(s, "{} {}"), &["${TMP}/bundle/config.json: not valid JSON at line 1 column 4"]),
    case("byte order mark", |s| written(s, "\u{feff}{}"), &["${TMP}/bundle/config.json: begins with a UTF-8 byte order mark: write it without one"]),
    case("not UTF-8", |s| s.with(|s| fs::write(s.path("bundle/config.json"), b"{\"a\":\"\xff\"}").unwrap()), &["${TMP}/bundle/config.json: not UTF-8 at byte 6"]),
    case("an array", |s| written(s, "[]"), &["${TMP}/bundle/config.json: the top level is not an object"]),
    case("duplicate process", |s| written(s, r#"{"process":{},"process":{"env":[]}}"#), &["${TMP}/bundle/config.json: /process: the key stands twice"]),
    case("17 MiB", |s| written(s, &format!("{{\"x\":\"{}\"}}", "a".repeat(17 << 20))), &["${TMP}/bundle/config.json: larger than 16777216 bytes"]),
    case("deep", |s| written(s, &format!("{{\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000))), &["${TMP}/bundle/config.json: nested deeper than 128 levels"]),
    case("env a text", |s| written(s, r#"{"process":{"env":"x"}}"#), &["config.json: /process/env: expected an array"]),
    // The command line.
    called("create --bundle", |s| s, &["option --bundle needs a value"]),
    called("create c1 -b", |s| s, &["option --bundle needs a value"]),
    called("create --bundle ${TMP}/nowhere c1", |s| s, &["${TMP}/nowhere/config.json: not there: is it the bundle's directory that was given?"]),
    called("--odd state create c1", |s| s, &["option \"--odd\" is not known", "write --odd=state"]),
    called("create -b ${TMP}/bundle --config config.json c1", |s| s, &["--config config.json", "leave it out, or give an absolute path"]),
    // Devices and specs.
    case("no such device", |s| requests(s, "vendor.com/dev=z"), &["stage \"cdi\": cannot resolve CDI device vendor.com/dev=z: vendor.com/dev has no such device", "(near: vendor.com/dev=x, vendor.com/dev=y", "searched ${TMP}/cdi"]),
    case("no such kind", |s| requests(s, "vendor.com/dve=x"), &["cannot resolve CDI device vendor.com/dve=x: there are no devices of vendor.com/dve (near: vendor.com/dev=x", "searched ${TMP}/cdi"]),
    case("two of three unknown", |s| requests(s, "vendor.com/dev=x,vendor.com/dev=u,vendor.com/dev=v"), &["cannot resolve CDI devices vendor.com/dev=u: ", "; vendor.com/dev=v: ", "searched ${TMP}/cdi"]),
    case("a name that cannot be", |s| requests(s, "a b"), &["stage \"cdi\": `a b`, requested by NVIDIA_VISIBLE_DEVICES, cannot be a device's name; request a device by vendor/class=name"]),
    case("no spec directory", |s| s.with(|s| fs::remove_dir_all(s.path("cdi")).unwrap()), &["vendor.com/dev=x", "searched ${TMP}/cdi (does not exist)"]),
    case("broken spec", |s| s.file("cdi/vendor.json", r#"{"cdiVersion":"0.6.0","kind":"vendor.com/dev","#), &["vendor.com/dev=x", "rejected ${TMP}/cdi/vendor.json: line 1"]),
    case("spec from the future", |s| s.file("cdi/vendor.json", &SPEC.replace("0.6.0", "9.9.9")), &["rejected ${TMP}/cdi/vendor.json: cdiVersion: unknown version \"9.9.9\", known are 0.3.0"]),
    case("spec is a dangling link", |s| no_spec(s).with(|s| symlink("none", s.path("cdi/vendor.json")).unwrap()), &["rejected ${TMP}/cdi/vendor.json: cannot read"]),
    case("spec is a directory", |s| no_spec(s).with(|s| fs::create_dir(s.path("cdi/vendor.json")).unwrap()), &["vendor.com/dev=x", "searched ${TMP}/cdi"]),
    case("spec others can write", |s| s.mode("cdi/vendor.json", 0o666), &["rejected ${TMP}/cdi/vendor.json: writable by others than its owner (mode 0666); run chmod go-w ${TMP}/cdi/vendor.json"]),
    case("spec directory others can write", |s| s.mode("cdi", 0o777), &["searched ${TMP}/cdi (writable by others than its owner (mode 0777); run chmod go-w ${TMP}/cdi)"]),
    case("conflict", |s| s.file("cdi/v2.json", SPEC), &["vendor.com/dev=x: defined in each of ${TMP}/cdi/v2.json, ${TMP}/cdi/vendor.json"]),
    case("no such node", |s| s.file("cdi/vendor.json", &SPEC.replace("/dev/null", "/dev/gantry-none")), &["${TMP}/cdi/vendor.json, vendor.com/dev=x: device node \"/dev/x\"", "/dev/gantry-none: not there"]),
    case("another node path in a user namespace", in_user_namespace, &["stage \"cdi\": ${TMP}/cdi/vendor.json, vendor.com/dev=x: device node \"/dev/x\" (on the host \"/dev/null\"): in a user namespace the low-level runtime mounts the host's \"/dev/x\", which is not there; give the node the same path"]),
    case("another device at the node's path, in a user namespace", |s| in_user_namespace(s).file("cdi/vendor.json", &SPEC.replace("/dev/x", "/dev/zero")), &["device node \"/dev/zero\" (on the host \"/dev/null\")", "which is another file"]),
    // Modifiers.
    case("a modifier that is not compiled", |s| with_stage(s, true), &["stage \"acme\": ${TMP}/acme.wasm: ${TMP}/store: no modifier sha256:", " is in the store; run `gantry modifier add ${TMP}/acme.wasm`"]),
    case("a modifier that is not there", |s| with_stage(s, false), &["stage \"acme\": ${TMP}/acme.wasm: "]),
    case("the journal cannot be kept", |s| s.config("[journal]\ndir = \"${TMP}/cdi/vendor.json\""), &["${TMP}/cdi/vendor.json/c1.json: the journal's record cannot be written: ", "; mend it, or set [journal] dir = \"\""]),
    // The low-level runtime.
    case("no low-level runtime, a path", |s| low_level(s, "${TMP}/none"), &["no low-level runtime found: \"${TMP}/none\" is not there; install one, or name another in `runtime.low-level`"]),
    case("no low-level runtime, a name", |s| low_level(s, "gantry-none"), &["no low-level runtime found: \"gantry-none\" is not there; searched /usr/local/sbin", "; install one, or name another in `runtime.low-level`"]),
    case("low-level runtime not executable", |s| low_level(s, "${TMP}/etc/config.toml"), &["config.toml\" is not executable"]),
    case("no low-level runtime is named", |s| s.file("etc/config.toml", "[runtime]\nlow-level = []"), &["config.toml:2: runtime.low-level: names no runtime; write for example [\"runc\", \"crun\"]"]),
    case("low-level runtime is Gantry", |s| { let own = program("gantry-runtime"); low_level(s, own.to_str().unwrap()) }, &["is Gantry itself", "give the full path of the real one in `runtime.low-level`"]),
    case("low-level runtime links to Gantry", |s| low_level(s.with(|s| symlink(program("gantry-runtime"), s.path("runc")).unwrap()), "${TMP}/runc"), &["low-level runtime \"${TMP}/runc\" is Gantry itself"]),
];

fn written(scene: Scene, text: &str) -> Scene {
    scene.with(|scene| fs::write(scene.path("bundle/config.json"), text).unwrap())
}

fn without_document(scene: Scene) -> Scene {
    scene.with(|scene| fs::remove_file(scene.path("bundle/config.json")).unwrap())
}

fn requests(scene: Scene, devices: &str) -> Scene {
    scene.file("bundle/config.json", &document(devices))
}

/// The container has a user namespace of its own.
pub(crate) fn in_user_namespace(scene: Scene) -> Scene {
    let linux = "\"linux\": { \"namespaces\": [{ \"type\": \"user\" }] },\n  \"root\"";
    let text = document(DEVICE).replacen("\"root\"", linux, 1);
    scene.file("bundle/config.json", &text)
}

fn no_spec(scene: Scene) -> Scene {
    scene.with(|scene| fs::remove_file(scene.path("cdi/vendor.json")).unwrap())
}

fn low_level(scene: Scene, path: &str) -> Scene {
    let text = format!("[runtime]\nlow-level = [{path:?}]\n[cdi]\nspec-dirs = [\"${{TMP}}/cdi\"]");
    scene.file("etc/config.toml", &text)
}

fn with_stage(scene: Scene, there: bool) -> Scene {
    if there {
        fs::copy(example(), scene.path("acme.wasm")).unwrap();
    }
    scene.config("[pipeline]\norder = [\"cdi\", \"acme\"]\n[stages.acme]\nenabled = true\nmodifier = \"${TMP}/acme.wasm\"")
}
