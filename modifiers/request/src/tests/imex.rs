//! IMEX channels.

use super::super::*;
use super::{Container, rules};

/// The channels in one line.
fn line(channels: &Channels) -> String {
    match channels {
        Channels::None => "NONE".into(),
        Channels::All(_) => "ALL".into(),
        Channels::These(channels) => {
            channels.iter().map(|c| c.number.to_string()).collect::<Vec<_>>().join(" ")
        }
    }
}

fn no_channel(id: &str, origin: &str) -> String {
    format!("`{id}`, requested by {origin}, is no IMEX channel: write a number from 0 to 1048575")
}

#[test]
fn by_variable() {
    const VARIABLE: &str = "NVIDIA_IMEX_CHANNELS";
    let table: &[(&[&'static str], Result<&str, &str>)] = &[
        (&[], Ok("NONE")),
        (&["NVIDIA_IMEX_CHANNELS="], Ok("NONE")),
        (&["NVIDIA_IMEX_CHANNELS=0"], Ok("0")),
        (&["NVIDIA_IMEX_CHANNELS=0,7,0"], Ok("0 7")),
        (&["NVIDIA_IMEX_CHANNELS= 7 ,,0"], Ok("7 0")),
        (&["NVIDIA_IMEX_CHANNELS=channel3,3"], Ok("3")),
        (&["NVIDIA_IMEX_CHANNELS=007"], Ok("7")),
        (&["NVIDIA_IMEX_CHANNELS=1048575"], Ok("1048575")),
        (&["NVIDIA_IMEX_CHANNELS=1048576"], Err("1048576")),
        (&["NVIDIA_IMEX_CHANNELS=4294967296"], Err("4294967296")),
        (&["NVIDIA_IMEX_CHANNELS=0,x"], Err("x")),
        (&["NVIDIA_IMEX_CHANNELS=-1"], Err("-1")),
        (&["NVIDIA_IMEX_CHANNELS=+1"], Err("+1")),
        (&["NVIDIA_IMEX_CHANNELS=0-7"], Err("0-7")),
        (&["NVIDIA_IMEX_CHANNELS=channel"], Err("channel")),
        (&["NVIDIA_IMEX_CHANNELS=all"], Ok("NONE")),
        (&["NVIDIA_IMEX_CHANNELS=0,all"], Ok("NONE")),
        (&["NVIDIA_IMEX_CHANNELS=none"], Ok("NONE")),
        (&["NVIDIA_IMEX_CHANNELS=void"], Ok("NONE")),
        (&["CUDA_VERSION=11"], Ok("NONE")),
        (&["NVIDIA_VISIBLE_DEVICES=0"], Ok("NONE")),
    ];
    for (env, expected) in table {
        let container =
            |privileged| Container { env: env.to_vec(), privileged, ..Default::default() };
        let expected = expected.map(Into::into).map_err(|id| no_channel(id, VARIABLE));
        let gated = Rules { accept_envvar_when_unprivileged: false, ..rules() };
        let found = imex_channels(&mut container(false), &rules());
        assert_eq!(found.map(|found| line(&found)), expected, "{env:?}");
        let found = imex_channels(&mut container(true), &gated);
        assert_eq!(found.map(|found| line(&found)), expected, "{env:?}");
        assert_eq!(imex_channels(&mut container(false), &gated), Ok(Channels::None), "{env:?}");
    }
}

#[test]
fn by_mount() {
    const BELOW: &str = "/var/run/nvidia-container-devices";
    #[rustfmt::skip] // one line a case
    let table: &[(&[&str], Result<&str, &str>)] = &[
        (&["/imex/3"], Ok("3")),
        (&["/imex/3", "/0", "/imex/channel1"], Ok("3 1")),
        (&["/imex/all"], Ok("ALL")),
        (&["/imex/0", "/imex/all"], Ok("ALL")),
        (&["/imex/none"], Err("none")),
        (&["/imex/0/1"], Err("0/1")),
        // No request by mount: the variable counts.
        (&["/0"], Ok("9")),
        (&["/imex"], Ok("9")),
    ];
    for (paths, expected) in table {
        let paths: Vec<&'static str> =
            paths.iter().map(|path| &*[BELOW, path].concat().leak()).collect();
        let container = || Container {
            mounts: paths.iter().map(|path| ("/dev/null", *path)).collect(),
            env: vec!["NVIDIA_IMEX_CHANNELS=9"],
            ..Default::default()
        };
        let origin = format!("mount {}", paths.first().unwrap());
        let expected = expected.map(Into::into).map_err(|id| no_channel(id, &origin));
        let found = imex_channels(&mut container(), &rules());
        assert_eq!(found.map(|found| line(&found)), expected, "{paths:?}");
        let without = Rules { accept_volume_mounts: false, ..rules() };
        let found = imex_channels(&mut container(), &without).unwrap();
        assert_eq!(line(&found), "9", "{paths:?}");
    }
}
