//! containerd's CRI plugin, as the kubelet uses it: pods with a runtime class, whose handler `gantry runtime configure`
//! has written. The pods are in the host's network, which needs no network plugin.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::containerd::Daemon;
use super::grpc::{Client, Message};
use super::host::Host;
use super::{Engine, image, until};

const PLUGIN: &str = r#"[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${IMAGE}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${TMP}/no-cni"
conf_dir = "${TMP}/no-cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
default_runtime_name = "${NAME}"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${NAME}]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${NAME}.options]
BinaryName = "${PATH}"
"#;

pub(crate) struct Cri {
    /// Ends last.
    _daemon: Daemon,
    client: Client,
    logs: PathBuf,
    next: AtomicUsize,
}

impl Engine for Cri {
    const NAME: &'static str = "containerd's CRI plugin";

    fn start(host: &Host) -> Result<Self, String> {
        let own = host.low_level.file_name().unwrap_or_default().to_string_lossy();
        let plugin = PLUGIN
            .replace("${IMAGE}", image::NAME)
            .replace("${NAME}", &own)
            .replace("${PATH}", &host.low_level.display().to_string());
        let daemon = Daemon::start(host, |config| {
            let text = fs::read_to_string(config).unwrap();
            fs::write(config, text + &host.scene.expand(&plugin)).unwrap();
            for name in ["gantry", "gantry-gold"] {
                let line = format!(
                    "runtime configure --engine containerd --config ${{TMP}}/ctd/config.toml --name {name} \
                     --path ${{TMP}}/runtimes/{name}"
                );
                let configured = host.scene.run("gantry", &line);
                assert_eq!(configured.code, Some(0), "{}", configured.stderr);
            }
        })?;
        daemon.import(host, "k8s.io")?;
        let client = Client::new(daemon.socket.clone())?;
        Ok(Self {
            _daemon: daemon,
            client,
            logs: host.scene.path("logs"),
            next: AtomicUsize::new(0),
        })
    }

    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output {
        let handler = runtime.file_name().unwrap().to_string_lossy();
        let name = format!("gantry-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let pod = self.pod(&name);
        let asked = Message::default().message(1, &pod).text(2, &handler);
        let id = match self.call("RunPodSandbox", &asked) {
            Ok(reply) => reply.get_text(1),
            Err(error) => return output(1, Vec::new(), error.into_bytes()),
        };
        let ran = self.container(&id, &pod, env, script);
        for last in ["StopPodSandbox", "RemovePodSandbox"] {
            self.call(last, &Message::default().text(1, &id)).unwrap();
        }
        ran.unwrap_or_else(|error| output(1, Vec::new(), error.into_bytes()))
    }
}

impl Cri {
    fn call(&self, method: &str, request: &Message) -> Result<Message, String> {
        self.client.call(&format!("runtime.v1.RuntimeService/{method}"), request)
    }

    /// A pod in the host's network.
    fn pod(&self, name: &str) -> Message {
        let metadata = Message::default().text(1, name).text(2, name).text(3, "default");
        let namespaces = Message::default().number(1, 2);
        let security = Message::default().message(1, &namespaces);
        let linux = Message::default().message(2, &security);
        let logs = self.logs.join(name).display().to_string();
        Message::default().message(1, &metadata).text(3, &logs).message(8, &linux)
    }

    /// Runs a script in a new container of a pod, as its first process: those that `ExecSync` starts have the environment
    /// that containerd remembers, which knows nothing of what a low-level runtime has been told.
    fn container(
        &self,
        pod: &str,
        of_pod: &Message,
        env: &[&str],
        script: &str,
    ) -> Result<Output, String> {
        let mut config = Message::default()
            .message(1, &Message::default().text(1, "main"))
            .message(2, &Message::default().text(1, image::NAME))
            .text(11, "main.log");
        for word in ["/bin/sh", "-c", script] {
            config = config.text(3, word);
        }
        for (name, value) in env.iter().filter_map(|entry| entry.split_once('=')) {
            config = config.message(6, &Message::default().text(1, name).text(2, value));
        }
        let asked = Message::default().text(1, pod).message(2, &config).message(3, of_pod);
        let container =
            Message::default().text(1, &self.call("CreateContainer", &asked)?.get_text(1));
        self.call("StartContainer", &container)?;
        let mut code = None;
        until("the container's end", || {
            let status = self.call("ContainerStatus", &container)?.get_message(1);
            code = (status.get_number(3) == EXITED).then(|| status.get_number(7));
            code.map(drop).ok_or_else(|| "it still runs".to_owned())
        })?;
        let log = self.logs.join(of_pod.get_message(1).get_text(1)).join("main.log");
        let log = fs::read_to_string(log).unwrap();
        let code = i32::try_from(code.unwrap_or_default()).unwrap();
        Ok(output(code, stream(&log, "stdout"), stream(&log, "stderr")))
    }
}

/// The state of a container.
const EXITED: u64 = 2;

/// What a log has of one stream: each line begins with a time, the stream, and whether it is whole.
fn stream(log: &str, name: &str) -> Vec<u8> {
    let mut text = Vec::new();
    for line in log.lines() {
        let mut parts = line.splitn(4, ' ').skip(1);
        if parts.next() == Some(name) {
            let end: &[u8] = if parts.next() == Some("F") { b"\n" } else { b"" };
            text.extend(parts.next().unwrap_or_default().bytes().chain(end.iter().copied()));
        }
    }
    text
}

fn output(code: i32, stdout: Vec<u8>, stderr: Vec<u8>) -> Output {
    Output { status: ExitStatus::from_raw(code << 8), stdout, stderr }
}
