//! One line a case: what is asked for, and the devices.

use crate::generate::testing::{files, host, no_question, options, these};
use crate::generate::{GenerateError, Host, Mode, Options, make};

const PATHS: [&str; 5] = [
    "/dev/nvidia-caps-imex-channels/channel0",
    "/dev/nvidia-caps-imex-channels/channel1",
    "/dev/nvidia-caps-imex-channels/channel12",
    "/dev/nvidia-caps-imex-channels/channel5!",
    "/dev/nvidia-caps-imex-channels/channelx",
];

fn names(host: &mut Host<'_>, ids: &[&str]) -> Result<String, GenerateError> {
    let options = Options { devices: these(ids), ..options(Mode::Imex) };
    let spec = make(&options, host)?.into_spec(&options);
    let names: Vec<_> = spec.devices.iter().map(|device| device.name.as_str()).collect();
    Ok(names.join(" "))
}

#[test]
fn devices() {
    #[rustfmt::skip] // one line a case
    let table: [(&[&str], Result<&str, &str>); 16] = [
        (&[], Ok("0 1 12 all")),
        (&["all"], Ok("0 1 12 all")),
        (&["channelall"], Ok("0 1 12 all")),
        (&["1", "all"], Ok("0 1 12 all")),
        (&["1"], Ok("1 all")),
        (&["channel1", "0"], Ok("0 1 all")),
        (&["12", "channel1"], Ok("1 12 all")),
        (&["2"], Err("IMEX channel 2 is not there")),
        (&["5"], Err("IMEX channel 5 is not there")),
        (&["1048575"], Err("IMEX channel 1048575 is not there")),
        (&["1048576"], Err("there is no device `1048576` in the mode imex: a channel is a number up to 1048575")),
        (&["01"], Err("there is no device `01` in the mode imex")),
        (&["-1"], Err("there is no device `-1` in the mode imex")),
        (&["+1"], Err("there is no device `+1` in the mode imex")),
        (&["none"], Err("there is no device `none` in the mode imex")),
        (&["channel"], Err("there is no device `channel` in the mode imex")),
    ];
    for (ids, expected) in table {
        let found = names(&mut host("/", files(&PATHS), &no_question), ids);
        match (found, expected) {
            (Ok(names), expected) => assert_eq!(Ok(names.as_str()), expected, "{ids:?}"),
            (Err(error), expected) => {
                let (told, expected) = (error.to_string(), expected.unwrap_err());
                assert!(told.starts_with(expected), "{ids:?}: {told}");
            }
        }
    }
    let told = names(&mut host("/", files(&[]), &no_question), &[]).unwrap_err().to_string();
    assert_eq!(
        told,
        "there is no device for the mode imex: this host has no /dev/nvidia-caps-imex-channels/channel*"
    );
}

#[test]
fn nodes_have_no_numbers() {
    for root in ["/", "/run/driver"] {
        let made =
            make(&options(Mode::Imex), &mut host(root, files(&PATHS), &no_question)).unwrap();
        assert_eq!(made.common.env, ["NVIDIA_VISIBLE_DEVICES=void"]);
        let node = &made.devices[1].container_edits.device_nodes[0];
        assert_eq!(node.path, PATHS[1]);
        assert_eq!(node.host_path, [root.trim_end_matches('/'), PATHS[1]].concat());
        assert_eq!((node.major, node.minor, node.gid, node.file_mode), (0, 0, None, None));
        assert_eq!(node.permissions, "");
    }
}
